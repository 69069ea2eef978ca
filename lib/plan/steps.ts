/**
 * The instruction set of plans: the tensors and the steps that every engine implements.
 *
 * A step names its operands. Its formula is documented here, and the float64 backend in
 * tests/reference specifies it. Engines are free in how they compute it.
 *
 * Two rules reduce memory traffic on both engines:
 *
 * - A convolution stores its raw result. Its reader applies batch norm and ReLU: a
 *   {@linkcode Source} is a tensor with the normalisation to apply at load.
 * - A concatenation is never stored: its reader takes several sources.
 *
 * @module
 */
import type {
  Augment,
  AvgPool2,
  BatchNorm,
  BatchNormEval,
  Boundary,
  Conv1x1,
  Conv3x3,
  ConvTranspose2,
  Dropout,
  ElementDropout,
  Fold,
  Gate,
  GroupNorm,
  Loss,
  MaxPool2,
  Normalise,
  Overlap,
  Pointwise,
  Sum,
  Upsample2,
} from "./steps/forward_steps.ts";
import type {
  Accumulate,
  BatchNormGradient,
  Conv1x1Gradient,
  Conv3x3InputGradient,
  Conv3x3WeightGradient,
  ConvTranspose2InputGradient,
  ConvTranspose2WeightGradient,
  GateGradient,
  GroupNormGradient,
  MaxPool2Gradient,
  PointwiseInputGradient,
  PointwiseWeightGradient,
  ReluGradient,
  Upsample2Gradient,
} from "./steps/backward_steps.ts";
import type { Average, GradientNorm, LossScaling, Update } from "./steps/update_steps.ts";

export type * from "./steps/tensors.ts";
export type * from "./steps/forward_steps.ts";
export type * from "./steps/backward_steps.ts";
export type * from "./steps/update_steps.ts";

/** One step of a plan. */
export type Step =
  | Augment
  | Normalise
  | Conv3x3
  | Pointwise
  | BatchNorm
  | BatchNormEval
  | Fold
  | GroupNorm
  | Dropout
  | ElementDropout
  | MaxPool2
  | Sum
  | Gate
  | ConvTranspose2
  | Upsample2
  | Conv1x1
  | Boundary
  | AvgPool2
  | Loss
  | Overlap
  | Conv1x1Gradient
  | BatchNormGradient
  | GroupNormGradient
  | Conv3x3InputGradient
  | Conv3x3WeightGradient
  | PointwiseInputGradient
  | PointwiseWeightGradient
  | ReluGradient
  | GateGradient
  | ConvTranspose2InputGradient
  | ConvTranspose2WeightGradient
  | Upsample2Gradient
  | MaxPool2Gradient
  | Accumulate
  | GradientNorm
  | LossScaling
  | Update
  | Average;

/** The name of a step's kind. */
export type StepKind = Step["kind"];

/** The epsilon of group norm (PyTorch's default). */
export const GROUP_NORM_EPSILON = 1e-5;

/** Batch norm's epsilon and momentum (PyTorch's defaults). */
export const BATCH_NORM_EPSILON = 1e-5;
export const BATCH_NORM_MOMENTUM = 0.1;
