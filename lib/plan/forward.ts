/**
 * The forward pass, from the image to the logits: the steps of each operation.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import type { Op, OpKind, OpOf, Value } from "../network/graph.ts";
import type { PlanDraft } from "./plan_draft.ts";

/** Writes the steps that compute an operation. */
type ForwardRule<Kind extends OpKind> = (op: OpOf<Kind>, draft: PlanDraft) => void;

/** Writes the forward steps of a network. */
export function forward(draft: PlanDraft): void {
  normalise(draft);
  for (const op of draft.graph.ops) {
    const rule = FORWARD[op.kind] as (op: Op, draft: PlanDraft) => void;
    rule(op, draft);
  }
}

function normalise(draft: PlanDraft): void {
  const { n, height, width, mean, std, input } = draft.shape;
  const { inChannels } = draft.graph;
  const out = draft.tensor("input", "plane", [n, inChannels, height, width]);
  if (input === "plane") return;
  if (inChannels !== 1) {
    throw new InputError(
      `the network reads ${inChannels} channels, but images here are grey: 1 channel`,
    );
  }
  const image = draft.tensor("image", "image", [n, height, width], { dtype: "u8" });
  draft.push("forward", { kind: "normalise", image, out, mean, std });
}

/** Fused into the reader or the convolution, see fuse.ts. */
const FUSED = () => {};

const FORWARD: { readonly [Kind in OpKind]: ForwardRule<Kind> } = {
  conv3x3({ name, inputs, channels }, draft) {
    const sources = draft.sources(inputs[0]);
    const [n, , height, width] = draft.shapeOf(sources[0].tensor);
    const out = draft.tensor(name, "map", [n, channels, height, width]);
    const weight = `${name}.weight`;
    const norm = draft.fused.normalised.get(name)?.norm;
    if (norm === undefined) {
      draft.push("forward", { kind: "conv3x3", sources, weight, out });
    } else if (draft.mode === "predict") {
      const outWeight = draft.keep(draft.like(`folded.${weight}`, weight));
      const outBias = draft.keep(draft.tensor(`folded.${name}.bias`, "vector", [channels]));
      const folded = { weight: outWeight, bias: outBias };
      const { relu } = draft.fused.normalised.get(name)!;
      draft.push("setup", { kind: "fold", weight, ...parametersOf(norm), outWeight, outBias });
      draft.push("forward", { kind: "conv3x3", sources, ...folded, ...(relu && { relu }), out });
    } else {
      draft.tensor(`${norm}.norm`, "norm", [4, channels]);
      const moments = draft.mode === "train"
        ? { moments: draft.tensor(`${norm}.moments`, "moments", [2, channels]) }
        : {};
      draft.push("forward", { kind: "conv3x3", sources, weight, out, ...moments });
    }
  },

  batchnorm({ name, inputs }, draft) {
    const parameters = parametersOf(name);
    const norm = `${name}.norm`;
    if (draft.mode === "train") {
      const [n, , height, width] = draft.shapeOf(inputs[0]);
      const [moments, count] = [`${name}.moments`, n * height * width];
      draft.push("forward", { kind: "batchnorm", moments, count, ...parameters, norm });
    } else if (draft.mode === "evaluate") {
      draft.push("forward", { kind: "batchnorm_eval", ...parameters, norm });
    }
  },

  relu: FUSED,

  concat: FUSED,

  maxpool2({ name, inputs }, draft) {
    const source = draft.source(inputs[0]);
    const [n, channels, height, width] = draft.shapeOf(source.tensor);
    const halved = [n, channels, Math.floor(height / 2), Math.floor(width / 2)];
    draft.push("forward", { kind: "maxpool2", source, out: draft.tensor(name, "map", halved) });
  },

  upsample2({ name, inputs }, draft) {
    const source = draft.source(inputs[0]);
    const [n, channels, height, width] = draft.shapeOf(source.tensor);
    const out = draft.tensor(name, "map", [n, channels, height * 2, width * 2]);
    draft.push("forward", { kind: "upsample2", source, out });
  },

  convtranspose2({ name, inputs, channels }, draft) {
    const source = draft.source(inputs[0]);
    const [n, , height, width] = draft.shapeOf(source.tensor);
    const out = draft.tensor(name, "map", [n, channels, height * 2, width * 2]);
    draft.push("forward", { kind: "convtranspose2", source, ...weightAndBias(name), out });
  },

  conv1x1({ name, inputs, channels }, draft) {
    const source = draft.source(inputs[0]);
    const [n, , height, width] = draft.shapeOf(source.tensor);
    const out = draft.tensor(draft.tensorOf(name), "plane", [n, channels, height, width]);
    draft.push("forward", { kind: "conv1x1", source, ...weightAndBias(name), out });
  },

  add({ name, inputs }, draft) {
    const sources = inputs.map((value) => draft.source(value));
    const shapes = sources.map(({ tensor }) => draft.shapeOf(tensor));
    if (String(shapes[0]) !== String(shapes[1])) {
      throw new RangeError(
        `${name} cannot be planned: it adds maps of shapes [${shapes[0]}] and [${shapes[1]}]`,
      );
    }
    const out = draft.tensor(name, "map", shapes[0]);
    draft.push("forward", { kind: "sum", sources, out });
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
