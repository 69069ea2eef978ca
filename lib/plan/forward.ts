/**
 * The forward pass, from the image to the logits: the steps of each operation.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { recordLength } from "../dataset/augment/record.ts";
import { type Op, type OpKind, type OpOf, opsOfFirstOutput, type Value } from "../network/graph.ts";
import type { PlanBuilder } from "./plan_builder.ts";

/** Writes the steps that compute an operation. */
type ForwardRule<Kind extends OpKind> = (op: OpOf<Kind>, builder: PlanBuilder) => void;

/** Writes the forward steps of a network. */
export function forward(builder: PlanBuilder): void {
  normalise(builder);
  const { graph, mode } = builder;
  // Outputs beside the first one are for the training alone.
  for (const op of mode === "train" ? graph.ops : opsOfFirstOutput(graph)) {
    const rule = FORWARD[op.kind] as (op: Op, builder: PlanBuilder) => void;
    rule(op, builder);
  }
}

function normalise(builder: PlanBuilder): void {
  const { n, height, width, mean, std, input, changes } = builder.shape;
  const { inChannels } = builder.graph;
  const out = builder.tensor("input", "plane", [n, inChannels, height, width]);
  if (input === "plane") return;
  if (inChannels !== 1) {
    throw new InputError(
      `the network reads ${inChannels} channels, but images here are grey: 1 channel`,
    );
  }
  const image = builder.tensor("image", "image", [n, height, width], { dtype: "u8" });
  if (changes && builder.mode === "train") augment(builder, image, changes.cells);
  builder.push("forward", { kind: "normalise", image, out, mean, std });
}

/** The step that changes the images, before they are normalised. */
function augment(builder: PlanBuilder, image: string, cells: number): void {
  const { n, height, width } = builder.shape;
  const bytes = (name: string) =>
    builder.tensor(name, "image", [n, height, width], { dtype: "u8" });
  const words = [n, recordLength({ height, cells })];
  builder.push("forward", {
    kind: "augment",
    rawImages: bytes("rawImages"),
    rawMasks: bytes("rawMasks"),
    changes: builder.tensor("changes", "scalars", words, { dtype: "i32" }),
    image,
    mask: builder.tensor("mask", "plane", builder.maskShape),
    cells,
  });
}

/** Fused into the reader or the convolution, see fuse.ts. */
const FUSED = () => {};

/** A convolution between maps, with the batch norm behind it. */
function convolution(
  { kind, name, inputs, channels }: OpOf<"conv3x3" | "pointwise">,
  builder: PlanBuilder,
): void {
  const sources = builder.sources(inputs[0]);
  const { n } = builder.shape;
  const out = builder.tensor(name, "map", [n, channels, ...builder.frameOf(inputs[0])]);
  const weight = `${name}.weight`;
  const norm = builder.fused.normalised.get(name)?.norm;
  if (norm === undefined) {
    builder.push("forward", { kind, sources, weight, out });
  } else if (builder.mode === "predict") {
    const outWeight = builder.keep(builder.like(`folded.${weight}`, weight));
    const outBias = builder.keep(builder.tensor(`folded.${name}.bias`, "vector", [channels]));
    const folded = { weight: outWeight, bias: outBias };
    const { relu } = builder.fused.normalised.get(name)!;
    builder.push("setup", { kind: "fold", weight, ...parametersOf(norm), outWeight, outBias });
    builder.push("forward", { kind, sources, ...folded, ...(relu && { relu }), out });
  } else {
    builder.tensor(`${norm}.norm`, "norm", [4, channels]);
    const moments = builder.mode === "train"
      ? { moments: builder.tensor(`${norm}.moments`, "moments", [2, channels]) }
      : {};
    builder.push("forward", { kind, sources, weight, out, ...moments });
  }
}

const FORWARD: { readonly [Kind in OpKind]: ForwardRule<Kind> } = {
  conv3x3: convolution,

  pointwise: convolution,

  batchnorm({ name, inputs }, builder) {
    const parameters = parametersOf(name);
    const norm = `${name}.norm`;
    if (builder.mode === "train") {
      const [n, , height, width] = builder.shapeOf(inputs[0]);
      const [moments, count] = [`${name}.moments`, n * height * width];
      builder.push("forward", { kind: "batchnorm", moments, count, ...parameters, norm });
    } else if (builder.mode === "evaluate") {
      builder.push("forward", { kind: "batchnorm_eval", ...parameters, norm });
    }
  },

  groupnorm({ name, inputs, groups }, builder) {
    const { tensor: x } = builder.source(inputs[0]);
    const [n, channels] = builder.shapeOf(x);
    const norm = builder.tensor(`${name}.norm`, "norm", [4 * n, channels]);
    const [gamma, beta] = [`${name}.weight`, `${name}.bias`];
    const relu = builder.fused.rectified.has(name);
    const out = builder.like(name, x);
    const step = { kind: "groupnorm" as const, x, groups, gamma, beta, ...(relu && { relu }) };
    builder.push("forward", { ...step, norm, out });
  },

  dropout({ name, inputs, p, elements }, builder) {
    const source = builder.source(inputs[0]);
    if (elements) {
      const words = builder.tensor(`${name}.words`, "scalars", [8]);
      builder.draw({ tensor: words, elements, p, name });
      const out = builder.like(name, source.tensor);
      builder.push("forward", { kind: "element_dropout", source, words, p, out });
      return;
    }
    const [n, channels] = builder.shapeOf(source.tensor);
    const factors = builder.tensor(`${name}.factors`, "norm", [n, channels]);
    builder.draw({ tensor: factors, p, name });
    const out = builder.like(name, source.tensor);
    builder.push("forward", { kind: "dropout", source, factors, out });
  },

  relu: FUSED,

  concat: FUSED,

  align: FUSED,

  maxpool2({ name, inputs }, builder) {
    const source = builder.source(inputs[0]);
    const [n, channels, height, width] = builder.shapeOf(source.tensor);
    const halved = [n, channels, Math.floor(height / 2), Math.floor(width / 2)];
    builder.push("forward", { kind: "maxpool2", source, out: builder.tensor(name, "map", halved) });
  },

  upsample2({ name, inputs }, builder) {
    const source = builder.source(inputs[0]);
    const [n, channels, height, width] = builder.shapeOf(source.tensor);
    const out = builder.tensor(name, "map", [n, channels, height * 2, width * 2]);
    builder.push("forward", { kind: "upsample2", source, out });
  },

  convtranspose2({ name, inputs, channels }, builder) {
    const source = builder.source(inputs[0]);
    const [n, , height, width] = builder.shapeOf(source.tensor);
    const out = builder.tensor(name, "map", [n, channels, height * 2, width * 2]);
    builder.push("forward", { kind: "convtranspose2", source, ...weightAndBias(name), out });
  },

  conv1x1({ name, inputs, channels }, builder) {
    const source = builder.source(inputs[0]);
    const [n, , height, width] = builder.shapeOf(source.tensor);
    const out = builder.tensor(builder.tensorOf(name), "plane", [n, channels, height, width]);
    builder.push("forward", { kind: "conv1x1", source, ...weightAndBias(name), out });
  },

  gate({ name, inputs }, builder) {
    const [source, gate] = inputs.map((value) => builder.source(value));
    const out = builder.tensor(name, "map", builder.shapeOf(source.tensor));
    builder.push("forward", { kind: "gate", source, gate, out });
  },

  add({ name, inputs }, builder) {
    const sources = inputs.map((value) => builder.source(value));
    const shapes = sources.map(({ tensor }) => builder.shapeOf(tensor));
    if (String(shapes[0]) !== String(shapes[1])) {
      throw new RangeError(
        `${name} cannot be planned: it adds maps of shapes [${shapes[0]}] and [${shapes[1]}]`,
      );
    }
    const out = builder.tensor(name, "map", shapes[0]);
    builder.push("forward", { kind: "sum", sources, out });
  },
};

function weightAndBias(name: Value) {
  return { weight: `${name}.weight`, bias: `${name}.bias` };
}

function parametersOf(norm: Value) {
  return {
    gamma: `${norm}.weight`,
    beta: `${norm}.bias`,
    runningMean: `${norm}.running_mean`,
    runningVar: `${norm}.running_var`,
  };
}
