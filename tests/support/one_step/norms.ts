/**
 * Programs of one step of batch norm or group norm.
 *
 * @module
 */
import type { Tensor } from "../../../lib/core/tensor.ts";
import type { Step } from "../../../lib/plan/steps.ts";
import { type Input, Parts, type Program, tensorOf } from "../step_program.ts";
import { channelsOf, frameOf, kindOf } from "./convolved.ts";

/** The parameters and statistics of a batch norm, each `[c]`. */
export interface NormParameters {
  readonly gamma: Tensor;
  readonly beta: Tensor;
  readonly runningMean: Tensor;
  readonly runningVar: Tensor;
}

function normParameters(parts: Parts, parameters: NormParameters) {
  return {
    gamma: parts.given("gamma", "vector", parameters.gamma),
    beta: parts.given("beta", "vector", parameters.beta),
    runningMean: parts.given("runningMean", "vector", parameters.runningMean),
    runningVar: parts.given("runningVar", "vector", parameters.runningVar),
  };
}

/** Weights `[c, c, 3, 3]` of a convolution that copies its input. */
export function copyingWeight(channels: number): Tensor<Float32Array> {
  const weight = tensorOf([channels, channels, 3, 3]);
  for (let c = 0; c < channels; c++) weight.data[(c * channels + c) * 9 + 4] = 1;
  return weight;
}

/**
 * `norm`, `runningMean` and `runningVar` of a training pass over a convolution's output `y`. Only
 * convolutions produce moments, so the program has two steps.
 */
export function batchNorm(
  inputs: readonly Input[],
  weight: Tensor,
  parameters: NormParameters,
): Program {
  const parts = new Parts();
  const sources = parts.sources(inputs);
  const [n, height, width] = frameOf(inputs);
  const channels = weight.shape[0];
  const moments = parts.empty("moments", "moments", [2, channels]);
  const kind = kindOf(weight.shape[2]);
  const steps: Step[] = [
    {
      kind,
      sources,
      weight: parts.given("w", kind, weight, channelsOf(inputs)),
      out: parts.empty("y", "map", [n, channels, height, width]),
      moments,
    },
    {
      kind: "batchnorm",
      moments,
      count: n * height * width,
      ...normParameters(parts, parameters),
      norm: parts.empty("norm", "norm", [4, channels]),
    },
  ];
  return parts.program(steps, ["y", "norm", "runningMean", "runningVar"]);
}

/** `norm` from the running statistics. */
export function batchNormEval(parameters: NormParameters): Program {
  const parts = new Parts();
  const step = {
    kind: "batchnorm_eval" as const,
    ...normParameters(parts, parameters),
    norm: parts.empty("norm", "norm", [4, parameters.gamma.shape[0]]),
  };
  return parts.program([step], ["norm"]);
}

/** `w` and `b`: a convolution with the batch norm folded in. */
export function fold(weight: Tensor, split: readonly number[], parameters: NormParameters) {
  const parts = new Parts();
  const kind = kindOf(weight.shape[2]);
  const step = {
    kind: "fold" as const,
    weight: parts.given("weight", kind, weight, split),
    ...normParameters(parts, parameters),
    outWeight: parts.empty("w", kind, weight.shape, split),
    outBias: parts.empty("b", "vector", [weight.shape[0]]),
  };
  return parts.program([step], ["w", "b"]);
}

/** `gradient` (of the raw tensor), `dgamma` and `dbeta`. */
export function batchNormGradient(input: Input, dy: Tensor, frozen: boolean): Program {
  const parts = new Parts();
  const channels = input.tensor.shape[1];
  const step = {
    kind: "batchnorm_gradient" as const,
    source: parts.source("x", input),
    gradient: parts.given("gradient", "map", dy),
    gammaGradient: parts.empty("dgamma", "vector", [channels]),
    betaGradient: parts.empty("dbeta", "vector", [channels]),
    ...(frozen && { frozen }),
  };
  return parts.program([step], ["gradient", "dgamma", "dbeta"]);
}

/** A group norm's affine map, and what it does besides. */
export interface GroupNormSettings {
  readonly groups: number;
  readonly gamma: Tensor;
  readonly beta: Tensor;
  readonly relu?: boolean;
}

/** `y` and `norm` `[4 n, c]`. */
export function groupNorm(x: Tensor, { groups, gamma, beta, relu }: GroupNormSettings): Program {
  const parts = new Parts();
  const step = {
    kind: "groupnorm" as const,
    x: parts.given("x", "map", x),
    groups,
    gamma: parts.given("gamma", "vector", gamma),
    beta: parts.given("beta", "vector", beta),
    ...(relu && { relu }),
    norm: parts.empty("norm", "norm", [4 * x.shape[0], x.shape[1]]),
    out: parts.empty("y", "map", x.shape),
  };
  return parts.program([step], ["norm", "y"]);
}

/** `dx`, `dgamma` and `dbeta`, by the norm `[4 n, c]` of the forward step. */
export function groupNormGradient(
  { x, norm, dy, groups, relu }: {
    readonly x: Tensor;
    readonly norm: Tensor;
    readonly dy: Tensor;
    readonly groups: number;
    readonly relu?: boolean;
  },
): Program {
  const parts = new Parts();
  const channels = x.shape[1];
  const step = {
    kind: "groupnorm_gradient" as const,
    x: parts.given("x", "map", x),
    groups,
    ...(relu && { relu }),
    norm: parts.given("norm", "norm", norm),
    gradient: parts.given("dy", "map", dy),
    out: parts.empty("dx", "map", x.shape),
    gammaGradient: parts.empty("dgamma", "vector", [channels]),
    betaGradient: parts.empty("dbeta", "vector", [channels]),
  };
  return parts.program([step], ["dx", "dgamma", "dbeta"]);
}
