/**
 * The backward pass, from the gradient of the logits to those of all parameters: one gradient rule
 * per operation, applied in reverse order.
 *
 * @module
 */
import type { Op, OpKind, OpOf, Value } from "../network/graph.ts";
import type { PlanBuilder } from "./plan_builder.ts";
import { Tape } from "./tape.ts";

/**
 * Writes the steps that compute the gradients of an operation's inputs and parameters from the
 * gradient of its result.
 */
type GradientRule<Kind extends OpKind> = (op: OpOf<Kind>, builder: PlanBuilder, tape: Tape) => void;

/**
 * Writes the backward steps of a network. The loss step has written the gradient of the logits.
 *
 * @param batches The number of batches of an optimiser's step.
 */
export function backward(builder: PlanBuilder, batches: number): void {
  const tape = new Tape(builder, batches);
  for (const op of builder.graph.ops.toReversed()) {
    const rule = GRADIENTS[op.kind] as (op: Op, builder: PlanBuilder, tape: Tape) => void;
    rule(op, builder, tape);
    tape.settle();
  }
}

/** The gradient of a fused value is that of the stored value. */
const FUSED = () => {};

/** The gradients of a convolution between maps. */
function convolution(
  { kind, name, inputs }: OpOf<"conv3x3" | "pointwise">,
  builder: PlanBuilder,
  tape: Tape,
): void {
  const weight = `${name}.weight`;
  const gradient = tape.gradientOf(name);
  const sources = builder.sources(inputs[0]);
  const weightGradient = tape.parameterGradient(weight);
  builder.push("backward", {
    kind: `${kind}_weight_gradient`,
    sources,
    gradient,
    weightGradient,
  });
  const views = builder.fused.views.get(inputs[0])!;
  if (!views.some((view) => tape.isWanted(view))) return;
  const targets = views.map((view, part) => {
    const { top, left } = sources[part];
    const tensor = tape.written(view);
    return top === undefined ? { tensor } : { tensor, top, left };
  });
  builder.push("backward", { kind: `${kind}_input_gradient`, gradient, weight, targets });
}

const GRADIENTS: { readonly [Kind in OpKind]: GradientRule<Kind> } = {
  conv3x3: convolution,

  pointwise: convolution,

  /** Backward through ReLU and batch norm, in place. */
  batchnorm({ name, inputs }, builder, tape) {
    const gradient = tape.gradientOf(inputs[0]);
    const gammaGradient = tape.parameterGradient(`${name}.weight`);
    const betaGradient = tape.parameterGradient(`${name}.bias`);
    const source = builder.normalised(inputs[0]);
    const gradients = { gradient, gammaGradient, betaGradient };
    builder.push("backward", { kind: "batchnorm_gradient", source, ...gradients });
  },

  groupnorm({ name, inputs, groups }, builder, tape) {
    const gradient = tape.gradientOf(name);
    const { tensor: x } = builder.source(inputs[0]);
    const relu = builder.fused.rectified.has(name);
    const known = { x, groups, ...(relu && { relu }), norm: `${name}.norm`, gradient };
    const gammaGradient = tape.parameterGradient(`${name}.weight`);
    const betaGradient = tape.parameterGradient(`${name}.bias`);
    const out = tape.written(viewOf(inputs[0], builder));
    const gradients = { out, gammaGradient, betaGradient };
    builder.push("backward", { kind: "groupnorm_gradient", ...known, ...gradients });
  },

  dropout({ name, inputs, p, elements }, builder, tape) {
    const source = { tensor: tape.gradientOf(name) };
    const out = tape.written(viewOf(inputs[0], builder));
    builder.push(
      "backward",
      elements
        ? { kind: "element_dropout", source, words: `${name}.words`, p, out }
        : { kind: "dropout", source, factors: `${name}.factors`, out },
    );
  },

  relu: FUSED,

  concat: FUSED,

  align: FUSED,

  maxpool2({ name, inputs }, builder, tape) {
    const source = builder.source(inputs[0]);
    const gradient = tape.gradientOf(name);
    const out = tape.added(viewOf(inputs[0], builder));
    builder.push("backward", { kind: "maxpool2_gradient", source, gradient, out });
  },

  upsample2({ name, inputs }, builder, tape) {
    const gradient = tape.gradientOf(name);
    const out = tape.written(viewOf(inputs[0], builder));
    builder.push("backward", { kind: "upsample2_gradient", gradient, out });
  },

  convtranspose2({ name, inputs }, builder, tape) {
    const weight = `${name}.weight`;
    const source = builder.source(inputs[0]);
    const gradient = tape.gradientOf(name);
    const out = tape.written(viewOf(inputs[0], builder));
    const gradients = parameterGradients(name, tape);
    builder.push(
      "backward",
      { kind: "convtranspose2_weight_gradient", source, gradient, ...gradients },
      { kind: "convtranspose2_input_gradient", gradient, weight, out },
    );
  },

  conv1x1({ name, inputs }, builder, tape) {
    const weight = `${name}.weight`;
    const source = builder.source(inputs[0]);
    const gradient = tape.gradientOf(name);
    const sourceGradient = tape.written(viewOf(inputs[0], builder));
    const gradients = parameterGradients(name, tape);
    const known = { source, weight, gradient };
    builder.push("backward", { kind: "conv1x1_gradient", ...known, sourceGradient, ...gradients });
  },

  gate({ name, inputs }, builder, tape) {
    const [source, gate] = inputs.map((value) => builder.source(value));
    const gradient = tape.gradientOf(name);
    const [sourceGradient, gateGradient] = inputs
      .map((value) => tape.written(viewOf(value, builder)));
    const gradients = { gradient, sourceGradient, gateGradient };
    builder.push("backward", { kind: "gate_gradient", source, gate, ...gradients });
  },

  add({ name, inputs }, builder, tape) {
    const gradient = tape.gradientOf(name);
    const { relu } = builder.fused.normalised.get(name) ?? {};
    const source = { tensor: name };
    for (const value of inputs) {
      const view = viewOf(value, builder);
      const target = tape.isBegun(view)
        ? { out: tape.added(view), adds: true }
        : { out: tape.written(view) };
      builder.push(
        "backward",
        relu
          ? { kind: "relu_gradient", source, gradient, ...target }
          : { kind: "sum", sources: [{ tensor: gradient }], ...target },
      );
    }
  },
};

function viewOf(value: Value, builder: PlanBuilder) {
  return builder.fused.views.get(value)![0];
}

function parameterGradients(name: Value, tape: Tape) {
  const weightGradient = tape.parameterGradient(`${name}.weight`);
  return { weightGradient, biasGradient: tape.parameterGradient(`${name}.bias`) };
}
