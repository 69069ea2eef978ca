/**
 * Programs of one convolution or of one of its gradients.
 *
 * @module
 */
import type { Tensor } from "../../../lib/core/tensor.ts";
import { type Input, Parts, type Program } from "../step_program.ts";
import { channelsOf, frameOf, kindOf } from "./convolved.ts";

/** `y`, from sources and weight `[o, i, 3, 3]` or `[o, i, 1, 1]`. */
export function conv3x3(
  inputs: readonly Input[],
  weight: Tensor,
  options: { bias?: Tensor; relu?: boolean } = {},
): Program {
  const parts = new Parts();
  const sources = parts.sources(inputs);
  const [n, height, width] = frameOf(inputs);
  const kind = kindOf(weight.shape[2]);
  const step = {
    kind,
    sources,
    weight: parts.given("w", kind, weight, channelsOf(inputs)),
    out: parts.empty("y", "map", [n, weight.shape[0], height, width]),
    ...(options.bias && { bias: parts.given("b", "vector", options.bias) }),
    ...(options.relu && { relu: true }),
  };
  return parts.program([step], ["y"]);
}

/** `dx0`, `dx1`, ... from the output's gradient, one for each window of the input's frame. */
export function conv3x3InputGradient(
  dy: Tensor,
  weight: Tensor,
  windows: readonly { shape: readonly number[]; top?: number; left?: number }[],
): Program {
  const parts = new Parts();
  const targets = windows.map(({ shape, top, left }, index) => ({
    tensor: parts.empty(`dx${index}`, "map", shape),
    ...(top !== undefined && { top }),
    ...(left !== undefined && { left }),
  }));
  const kind = kindOf(weight.shape[2]);
  const step = {
    kind: `${kind}_input_gradient` as const,
    gradient: parts.given("dy", "map", dy),
    weight: parts.given("w", kind, weight, windows.map(({ shape }) => shape[1])),
    targets,
  };
  return parts.program([step], targets.map(({ tensor }) => tensor));
}

/** `dw`, of a side of 3 or 1. */
export function conv3x3WeightGradient(inputs: readonly Input[], dy: Tensor, side = 3): Program {
  const parts = new Parts();
  const split = channelsOf(inputs);
  const shape = [dy.shape[1], split.reduce((a, b) => a + b), side, side];
  const kind = kindOf(side);
  const step = {
    kind: `${kind}_weight_gradient` as const,
    sources: parts.sources(inputs),
    gradient: parts.given("dy", "map", dy),
    weightGradient: parts.empty("dw", kind, shape, split),
  };
  return parts.program([step], ["dw"]);
}

/** `y`. */
export function convTranspose2(input: Input, weight: Tensor, bias: Tensor): Program {
  const parts = new Parts();
  const [n, , height, width] = input.tensor.shape;
  const step = {
    kind: "convtranspose2" as const,
    source: parts.source("x", input),
    weight: parts.given("w", "convtranspose2", weight),
    bias: parts.given("b", "vector", bias),
    out: parts.empty("y", "map", [n, weight.shape[1], height * 2, width * 2]),
  };
  return parts.program([step], ["y"]);
}

/** `dx`. */
export function convTranspose2InputGradient(dy: Tensor, weight: Tensor): Program {
  const parts = new Parts();
  const [n, , height, width] = dy.shape;
  const step = {
    kind: "convtranspose2_input_gradient" as const,
    gradient: parts.given("dy", "map", dy),
    weight: parts.given("w", "convtranspose2", weight),
    out: parts.empty("dx", "map", [n, weight.shape[0], height / 2, width / 2]),
  };
  return parts.program([step], ["dx"]);
}

/** `dw` and `db`. */
export function convTranspose2WeightGradient(input: Input, dy: Tensor): Program {
  const parts = new Parts();
  const [inChannels, outChannels] = [input.tensor.shape[1], dy.shape[1]];
  const step = {
    kind: "convtranspose2_weight_gradient" as const,
    source: parts.source("x", input),
    gradient: parts.given("dy", "map", dy),
    weightGradient: parts.empty("dw", "convtranspose2", [inChannels, outChannels, 2, 2]),
    biasGradient: parts.empty("db", "vector", [outChannels]),
  };
  return parts.program([step], ["dw", "db"]);
}

/** `y`. */
export function conv1x1(input: Input, weight: Tensor, bias: Tensor): Program {
  const parts = new Parts();
  const [n, , height, width] = input.tensor.shape;
  const step = {
    kind: "conv1x1" as const,
    source: parts.source("x", input),
    weight: parts.given("w", "conv1x1", weight),
    bias: parts.given("b", "vector", bias),
    out: parts.empty("y", "plane", [n, weight.shape[0], height, width]),
  };
  return parts.program([step], ["y"]);
}

/** `dx`, `dw` and `db`. */
export function conv1x1Gradient(input: Input, weight: Tensor, dy: Tensor): Program {
  const parts = new Parts();
  const step = {
    kind: "conv1x1_gradient" as const,
    source: parts.source("x", input),
    weight: parts.given("w", "conv1x1", weight),
    gradient: parts.given("dy", "plane", dy),
    sourceGradient: parts.empty("dx", "map", input.tensor.shape),
    weightGradient: parts.empty("dw", "conv1x1", weight.shape),
    biasGradient: parts.empty("db", "vector", [weight.shape[0]]),
  };
  return parts.program([step], ["dx", "dw", "db"]);
}
