/**
 * Programs of one step on maps: pooling, sums, gates, dropouts, and what makes inputs.
 *
 * @module
 */
import type { RawBatch } from "../../../lib/core/batch.ts";
import type { Tensor } from "../../../lib/core/tensor.ts";
import { type Input, Parts, type Program } from "../step_program.ts";

/** `y`. */
export function upsample2(input: Input): Program {
  const parts = new Parts();
  const [n, channels, height, width] = input.tensor.shape;
  const source = parts.source("x", input);
  const out = parts.empty("y", "map", [n, channels, height * 2, width * 2]);
  return parts.program([{ kind: "upsample2", source, out }], ["y"]);
}

/** `dx`. */
export function upsample2Gradient(dy: Tensor): Program {
  const parts = new Parts();
  const [n, channels, height, width] = dy.shape;
  const gradient = parts.given("dy", "map", dy);
  const out = parts.empty("dx", "map", [n, channels, height / 2, width / 2]);
  return parts.program([{ kind: "upsample2_gradient", gradient, out }], ["dx"]);
}

/** `y`. */
export function maxPool2(input: Input): Program {
  const parts = new Parts();
  const [n, channels, height, width] = input.tensor.shape;
  const source = parts.source("x", input);
  const shape = [n, channels, Math.floor(height / 2), Math.floor(width / 2)];
  const out = parts.empty("y", "map", shape);
  return parts.program([{ kind: "maxpool2", source, out }], ["y"]);
}

/** `y`, the sum of the inputs, added to `initial` if given. */
export function sum(shape: readonly number[], inputs: readonly Input[], initial?: Tensor): Program {
  const parts = new Parts();
  const sources = parts.sources(inputs);
  const out = initial ? parts.given("y", "map", initial) : parts.empty("y", "map", shape);
  const step = { kind: "sum" as const, sources, out, ...(initial && { adds: true }) };
  return parts.program([step], ["y"]);
}

/** `dx`, the gradient behind the input's ReLU, added to `initial` if given. */
export function reluGradient(input: Input, dy: Tensor, initial?: Tensor): Program {
  const parts = new Parts();
  const source = parts.source("x", input);
  const gradient = parts.given("dy", "map", dy);
  const out = initial ? parts.given("dx", "map", initial) : parts.empty("dx", "map", dy.shape);
  const step = { kind: "relu_gradient" as const, source, gradient, out };
  return parts.program([initial ? { ...step, adds: true } : step], ["dx"]);
}

/** The sources of a gate. */
function gateSources(parts: Parts, input: Input, gate: Input) {
  return { source: parts.source("x", input), gate: parts.source("g", gate) };
}

/** `y`, the input times the sigmoid of the gate. */
export function gate(input: Input, gate: Input): Program {
  const parts = new Parts();
  const sources = gateSources(parts, input, gate);
  const out = parts.empty("y", "map", input.tensor.shape);
  return parts.program([{ kind: "gate", ...sources, out }], ["y"]);
}

/** `dx` and `dg`. */
export function gateGradient(input: Input, gate: Input, dy: Tensor): Program {
  const parts = new Parts();
  const step = {
    kind: "gate_gradient" as const,
    ...gateSources(parts, input, gate),
    gradient: parts.given("dy", "map", dy),
    sourceGradient: parts.empty("dx", "map", input.tensor.shape),
    gateGradient: parts.empty("dg", "map", gate.tensor.shape),
  };
  return parts.program([step], ["dx", "dg"]);
}

/** `dx`, added to `initial` (zeros unless given). */
export function maxPool2Gradient(input: Input, dy: Tensor, initial?: Tensor): Program {
  const parts = new Parts();
  const source = parts.source("x", input);
  const gradient = parts.given("dy", "map", dy);
  const out = initial
    ? parts.given("dx", "map", initial)
    : parts.empty("dx", "map", input.tensor.shape);
  return parts.program([{ kind: "maxpool2_gradient", source, gradient, out }], ["dx"]);
}

/** `y`: every channel of an image times its factor in `[n, c]`. */
export function dropout(input: Input, factors: Tensor): Program {
  const parts = new Parts();
  const step = {
    kind: "dropout" as const,
    source: parts.source("x", input),
    factors: parts.given("factors", "norm", factors),
    out: parts.empty("y", "map", input.tensor.shape),
  };
  return parts.program([step], ["y"]);
}

/** `y`: every element with the factor that the words of a draw give it. */
export function elementDropout(input: Input, words: Tensor, p: number): Program {
  const parts = new Parts();
  const step = {
    kind: "element_dropout" as const,
    source: parts.source("x", input),
    words: parts.given("words", "scalars", words),
    p,
    out: parts.empty("y", "map", input.tensor.shape),
  };
  return parts.program([step], ["y"]);
}

/** `out`, from grey bytes `[n, h, w]`. */
export function normalise(image: Tensor, mean: number, std: number): Program {
  const parts = new Parts();
  const [n, height, width] = image.shape;
  const step = {
    kind: "normalise" as const,
    image: parts.given("image", "image", image),
    out: parts.empty("out", "plane", [n, 1, height, width]),
    mean,
    std,
  };
  return parts.program([step], ["out"]);
}

/** `y`, the mean of 2x2 windows of planes. */
export function avgPool2(tensor: Tensor): Program {
  const parts = new Parts();
  const [n, channels, height, width] = tensor.shape;
  const plane = parts.given("x", "plane", tensor);
  const shape = [n, channels, Math.floor(height / 2), Math.floor(width / 2)];
  const out = parts.empty("y", "plane", shape);
  return parts.program([{ kind: "avgpool2", plane, out }], ["y"]);
}

/** `image` and `mask`, from a raw batch. */
export function augment(batch: RawBatch, cells: number): Program {
  const { n, height, width, images, masks, changes } = batch;
  const parts = new Parts();
  const shape = [n, height, width];
  const step = {
    kind: "augment" as const,
    rawImages: parts.given("rawImages", "image", { shape, data: images }),
    rawMasks: parts.given("rawMasks", "image", { shape, data: masks }),
    changes: parts.given("changes", "scalars", { shape: [n, changes.length / n], data: changes }),
    image: parts.empty("image", "image", shape),
    mask: parts.empty("mask", "plane", [n, 1, height, width]),
    cells,
  };
  return parts.program([step], ["image", "mask"]);
}
