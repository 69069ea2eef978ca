/** The steps of a backward pass. @module */
import type { Source, Target } from "./tensors.ts";

/**
 * Gradients of `Conv1x1`. The gradient of the source is that of its value after norm and
 * ReLU.
 */
export interface Conv1x1Gradient {
  readonly kind: "conv1x1_gradient";
  readonly source: Source;
  readonly weight: string;
  readonly gradient: string;
  readonly sourceGradient: string;
  readonly weightGradient: string;
  readonly biasGradient: string;
}

/**
 * Backward through ReLU and batch norm, in place: `gradient` holds dL/d(value after norm and ReLU
 * of `source`) and receives dL/d(raw). With g = gradient where the normalised value is positive
 * (everywhere without relu), else 0, and xhat = (x - mean) * rstd: dbeta = sum g, dgamma = sum g
 * xhat, raw gradient = scale * (g - dbeta / count - xhat * dgamma / count); with `frozen`
 * statistics just scale * g.
 */
export interface BatchNormGradient {
  readonly kind: "batchnorm_gradient";
  readonly source: Source;
  readonly gradient: string;
  readonly gammaGradient: string;
  readonly betaGradient: string;
  readonly frozen?: boolean;
}

/**
 * Gradients of `GroupNorm`. With g = gradient where the result is positive (everywhere
 * without relu), else 0, and xhat = (x - mean) * rstd: dbeta = sum g, dgamma = sum g xhat over the
 * batch; `out` = scale * g - a - xhat * b, where a is the sum of scale * g over the image's group,
 * divided by the group's number of values, and b that of scale * g * xhat.
 */
export interface GroupNormGradient {
  readonly kind: "groupnorm_gradient";
  readonly x: string;
  readonly groups: number;
  readonly relu?: boolean;
  readonly norm: string;
  readonly gradient: string;
  readonly out: string;
  readonly gammaGradient: string;
  readonly betaGradient: string;
}

/**
 * Gradient of `Conv3x3` with respect to its sources (after their norm and ReLU). There is
 * one target per source, in the order of the forward step. Values outside a target's window are
 * dropped.
 */
export interface Conv3x3InputGradient {
  readonly kind: "conv3x3_input_gradient";
  readonly gradient: string;
  readonly weight: string;
  readonly targets: readonly Target[];
}

/** Gradient of `Conv3x3` with respect to its weight. */
export interface Conv3x3WeightGradient {
  readonly kind: "conv3x3_weight_gradient";
  readonly sources: readonly Source[];
  readonly gradient: string;
  readonly weightGradient: string;
}

/** Gradient of `Pointwise` with respect to its sources, as of a 3x3 convolution. */
export interface PointwiseInputGradient extends Omit<Conv3x3InputGradient, "kind"> {
  readonly kind: "pointwise_input_gradient";
}

/** Gradient of `Pointwise` with respect to its weight. */
export interface PointwiseWeightGradient extends Omit<Conv3x3WeightGradient, "kind"> {
  readonly kind: "pointwise_weight_gradient";
}

/**
 * Backward through the ReLU that the readers of `source` apply: `out` receives `gradient` where the
 * value of `source` is positive, else 0. With `adds` it is added to `out`.
 */
export interface ReluGradient {
  readonly kind: "relu_gradient";
  readonly source: Source;
  readonly gradient: string;
  readonly out: string;
  readonly adds?: boolean;
}

/** Gradients of `Gate` with respect to both sources (after their norm and ReLU). */
export interface GateGradient {
  readonly kind: "gate_gradient";
  readonly source: Source;
  readonly gate: Source;
  readonly gradient: string;
  readonly sourceGradient: string;
  readonly gateGradient: string;
}

/** Gradient of `ConvTranspose2` with respect to its source (after norm and ReLU). */
export interface ConvTranspose2InputGradient {
  readonly kind: "convtranspose2_input_gradient";
  readonly gradient: string;
  readonly weight: string;
  readonly out: string;
}

/** Gradient of `ConvTranspose2` with respect to weight and bias. */
export interface ConvTranspose2WeightGradient {
  readonly kind: "convtranspose2_weight_gradient";
  readonly source: Source;
  readonly gradient: string;
  readonly weightGradient: string;
  readonly biasGradient: string;
}

/** Gradient of `Upsample2` with respect to its source (after norm and ReLU). */
export interface Upsample2Gradient {
  readonly kind: "upsample2_gradient";
  readonly gradient: string;
  readonly out: string;
}

/** A parameter's gradient of one batch, and that of a step so far; both have one shape. */
export interface AccumulateEntry {
  readonly gradient: string;
  readonly accumulated: string;
}

/**
 * Accumulates the gradients of a step that takes several batches: with a = accumulated and g =
 * gradient, the first batch of a step writes `a = g / batches`, every other one adds: `a += g /
 * batches`. `added` `[1]` holds the number of batches that are in `a` already.
 */
export interface Accumulate {
  readonly kind: "accumulate";
  readonly entries: readonly AccumulateEntry[];
  /** The number of batches of a whole step. */
  readonly batches: number;
  readonly added: string;
}

/**
 * Gradient of `MaxPool2`, added to `out`. Each value is added at the first maximum of its
 * window, in row-major order.
 */
export interface MaxPool2Gradient {
  readonly kind: "maxpool2_gradient";
  readonly source: Source;
  readonly gradient: string;
  readonly out: string;
}
