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
import type { LossTerm } from "./losses.ts";
import type { OptimizerName } from "./optimizers.ts";

/**
 * The use of a tensor. An engine derives the layout from it.
 *
 * - `image`: bytes `[n, h, w]`, grey
 * - `plane`: floats `[n, c, h, w]` with few channels: network input, mask, logits and their
 *   gradient
 * - `map`: floats `[n, c, h, w]`, the activations and their gradients
 * - `conv3x3`: weights `[out, in, 3, 3]`; `split` gives the channels of each source
 * - `pointwise`: weights `[out, in, 1, 1]` between maps; `split` as of `conv3x3`
 * - `convtranspose2`: weights `[in, out, 2, 2]`
 * - `conv1x1`: weights `[out, in, 1, 1]`
 * - `vector`: one float per channel, `[c]`
 * - `norm`: `[rows, c]`, rows of one float per channel: mean, rstd, scale and shift of a batch norm
 *   (see {@linkcode Source}), these four for each image of a group norm, or the factors of a
 *   dropout, one row for each image
 * - `moments`: an engine's partial sums of a convolution's output, in a private layout
 * - `scalars`: a few floats `[k]`
 */
export type TensorKind =
  | "image"
  | "plane"
  | "map"
  | "conv3x3"
  | "pointwise"
  | "convtranspose2"
  | "conv1x1"
  | "vector"
  | "norm"
  | "moments"
  | "scalars";

/** The element type of a tensor. */
export type DType = "f32" | "u8" | "i32";

/** A tensor of a plan: name, use and logical shape (row-major, PyTorch's axes). */
export interface TensorSpec {
  readonly name: string;
  readonly kind: TensorKind;
  readonly shape: readonly number[];
  /** By default `f32`. */
  readonly dtype?: DType;
  /**
   * For `conv3x3` and `pointwise` weights that read a concatenation: the channels of each source.
   */
  readonly split?: readonly number[];
}

/**
 * A tensor as a step reads it. With `norm`, the value at channel c is
 * `(x - mean[c]) * scale[c] + shift[c]`. With `relu`, negative values then become 0 (NaN stays
 * NaN). A source smaller than its reader's frame is placed at row `top`, column `left`, and padded
 * with zeros.
 */
export interface Source {
  readonly tensor: string;
  readonly norm?: string;
  readonly relu?: boolean;
  readonly top?: number;
  readonly left?: number;
}

/** The window at (top, left) of a step's frame that is written or added to a tensor. */
export interface Target {
  readonly tensor: string;
  readonly top?: number;
  readonly left?: number;
}

/**
 * Changes images and masks, both bytes `[n, h, w]`, in the order and by the formulas of
 * lib/dataset/augment: warp, blur, gamma, contrast, brightness, gain, shadow, speckle, noise,
 * cutout. `changes` has a record for each image (record.ts there). `mask` receives floats:
 * `byte * float32(1 / 255)`. Only a GPU has this step: while the CPU engine computes, the host
 * changes images itself.
 */
export interface Augment {
  readonly kind: "augment";
  readonly rawImages: string;
  readonly rawMasks: string;
  readonly changes: string;
  readonly image: string;
  readonly mask: string;
  /** The cells of the elastic grid along a side; 0: no grid. */
  readonly cells: number;
}

/**
 * `(x / 255 - mean) / std` per byte: torchvision's v2.ToDtype(scale=True) and v2.Normalize, bit for
 * bit.
 */
export interface Normalise {
  readonly kind: "normalise";
  readonly image: string;
  readonly out: string;
  readonly mean: number;
  readonly std: number;
}

/**
 * 3x3 cross-correlation, padding 1:
 * `out[n,o,y,x] = bias[o] + sum_{i,ky,kx} w[o,i,ky,kx] * in[n,i,y+ky-1,x+kx-1]`, with `in` the
 * concatenated sources. `relu` applies ReLU to the result (prediction, with folded batch norm).
 * `moments` receives the input of {@linkcode BatchNorm}.
 */
export interface Conv3x3 {
  readonly kind: "conv3x3";
  readonly sources: readonly Source[];
  readonly weight: string;
  readonly bias?: string;
  readonly relu?: boolean;
  readonly out: string;
  readonly moments?: string;
}

/** 1x1 convolution between maps: a {@linkcode Conv3x3} of weights `[o, i, 1, 1]`. */
export interface Pointwise extends Omit<Conv3x3, "kind"> {
  readonly kind: "pointwise";
}

/**
 * Batch norm in training mode (torch.nn.BatchNorm2d). From the moments of `count` values per
 * channel, `norm` receives mean, rstd = 1/sqrt(biased variance + 1e-5), scale = gamma * rstd and
 * shift = beta. The running statistics move by a tenth towards the mean and the unbiased variance.
 */
export interface BatchNorm {
  readonly kind: "batchnorm";
  readonly moments: string;
  readonly count: number;
  readonly gamma: string;
  readonly beta: string;
  readonly runningMean: string;
  readonly runningVar: string;
  readonly norm: string;
}

/** Batch norm in evaluation mode: `norm` from the running statistics. */
export interface BatchNormEval {
  readonly kind: "batchnorm_eval";
  readonly gamma: string;
  readonly beta: string;
  readonly runningMean: string;
  readonly runningVar: string;
  readonly norm: string;
}

/**
 * Folds a batch norm in evaluation mode into the convolution before it: `weight * scale`,
 * `shift - mean * scale`.
 */
export interface Fold {
  readonly kind: "fold";
  readonly weight: string;
  readonly gamma: string;
  readonly beta: string;
  readonly runningMean: string;
  readonly runningVar: string;
  readonly outWeight: string;
  readonly outBias: string;
}

/**
 * Group norm (torch.nn.GroupNorm), and instance norm, which is that of one channel per group. The
 * statistics are those of the batch in all modes, one mean and biased variance for each image and
 * group of consecutive channels. `norm` `[4 n, c]` receives for each image the rows mean, rstd =
 * 1/sqrt(variance + 1e-5), scale = gamma * rstd and shift = beta; `out` receives
 * `(x - mean) * scale + shift`, with `relu` after ReLU.
 *
 * The result is stored, since a {@linkcode Source} has one norm for all images.
 */
export interface GroupNorm {
  readonly kind: "groupnorm";
  /** A map, read as it is. */
  readonly x: string;
  readonly groups: number;
  readonly gamma: string;
  readonly beta: string;
  readonly relu?: boolean;
  readonly norm: string;
  readonly out: string;
}

/**
 * Every channel of an image times its factor in `factors` `[n, c]`: a dropout of whole channels
 * (torch.nn.Dropout2d), and its gradient. plan.ts says how they are drawn.
 */
export interface Dropout {
  readonly kind: "dropout";
  readonly source: Source;
  readonly factors: string;
  readonly out: string;
}

/** Max-pooling 2x2, stride 2; an odd last row or column is dropped. */
export interface MaxPool2 {
  readonly kind: "maxpool2";
  readonly source: Source;
  readonly out: string;
}

/**
 * The sum of maps of one shape, each after its norm and ReLU. Without sources the sum is zero. With
 * `adds` it is added to `out`. No source is `out` itself.
 */
export interface Sum {
  readonly kind: "sum";
  readonly sources: readonly Source[];
  readonly out: string;
  readonly adds?: boolean;
}

/**
 * An attention gate: `out = source * sigmoid(gate)`, where `gate` has one channel for all of the
 * source's.
 */
export interface Gate {
  readonly kind: "gate";
  readonly source: Source;
  readonly gate: Source;
  readonly out: string;
}

/**
 * Transposed convolution 2x2, stride 2:
 * `out[n,o,2y+ky,2x+kx] = bias[o] + sum_i in[n,i,y,x] * w[i,o,ky,kx]`.
 */
export interface ConvTranspose2 {
  readonly kind: "convtranspose2";
  readonly source: Source;
  readonly weight: string;
  readonly bias: string;
  readonly out: string;
}

/**
 * Bilinear upsampling to twice the size, corners aligned (torch.nn.Upsample(align_corners=True)).
 */
export interface Upsample2 {
  readonly kind: "upsample2";
  readonly source: Source;
  readonly out: string;
}

/** 1x1 convolution with bias, into a `plane`. */
export interface Conv1x1 {
  readonly kind: "conv1x1";
  readonly source: Source;
  readonly weight: string;
  readonly bias: string;
  readonly out: string;
}

/**
 * How far each pixel of a mask is from its surroundings: `out = |mean - mask|`, the mean over the
 * part of the image in the square of an odd `side` around the pixel, as
 * torch.nn.functional.avg_pool2d(mask, side, 1, side // 2, count_include_pad=False).
 */
export interface Boundary {
  readonly kind: "boundary";
  readonly mask: string;
  readonly side: number;
  readonly out: string;
}

/**
 * The training loss, a sum of weighted terms (see losses.ts), and its gradient by the logits.
 * `result` `[1 + terms]` receives the loss, then the unweighted value of each term. All of it is
 * multiplied by `share` (1 by default); with `adds` the values are added to `result`.
 */
export interface Loss {
  readonly kind: "loss";
  readonly terms: readonly LossTerm[];
  readonly logits: string;
  readonly mask: string;
  /** The result of {@linkcode Boundary}, for the term `boundary`. */
  readonly boundary?: string;
  readonly gradient?: string;
  readonly result: string;
  readonly share?: number;
  readonly adds?: boolean;
}

/**
 * The mean of 2x2 windows of a plane, stride 2 (torch.nn.AvgPool2d(2)); an odd last row or column
 * is dropped.
 */
export interface AvgPool2 {
  readonly kind: "avgpool2";
  readonly plane: string;
  readonly out: string;
}

/**
 * Overlap counts per image, `[n, 3]`: pixels of (prediction and truth), prediction, truth.
 * Prediction is logit > 0, truth is mask > 0.5.
 */
export interface Overlap {
  readonly kind: "overlap";
  readonly logits: string;
  readonly mask: string;
  readonly result: string;
}

/**
 * Gradients of {@linkcode Conv1x1}. The gradient of the source is that of its value after norm and
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
 * Gradients of {@linkcode GroupNorm}. With g = gradient where the result is positive (everywhere
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
 * Gradient of {@linkcode Conv3x3} with respect to its sources (after their norm and ReLU). There is
 * one target per source, in the order of the forward step. Values outside a target's window are
 * dropped.
 */
export interface Conv3x3InputGradient {
  readonly kind: "conv3x3_input_gradient";
  readonly gradient: string;
  readonly weight: string;
  readonly targets: readonly Target[];
}

/** Gradient of {@linkcode Conv3x3} with respect to its weight. */
export interface Conv3x3WeightGradient {
  readonly kind: "conv3x3_weight_gradient";
  readonly sources: readonly Source[];
  readonly gradient: string;
  readonly weightGradient: string;
}

/** Gradient of {@linkcode Pointwise} with respect to its sources, as of a 3x3 convolution. */
export interface PointwiseInputGradient extends Omit<Conv3x3InputGradient, "kind"> {
  readonly kind: "pointwise_input_gradient";
}

/** Gradient of {@linkcode Pointwise} with respect to its weight. */
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

/** Gradients of {@linkcode Gate} with respect to both sources (after their norm and ReLU). */
export interface GateGradient {
  readonly kind: "gate_gradient";
  readonly source: Source;
  readonly gate: Source;
  readonly gradient: string;
  readonly sourceGradient: string;
  readonly gateGradient: string;
}

/** Gradient of {@linkcode ConvTranspose2} with respect to its source (after norm and ReLU). */
export interface ConvTranspose2InputGradient {
  readonly kind: "convtranspose2_input_gradient";
  readonly gradient: string;
  readonly weight: string;
  readonly out: string;
}

/** Gradient of {@linkcode ConvTranspose2} with respect to weight and bias. */
export interface ConvTranspose2WeightGradient {
  readonly kind: "convtranspose2_weight_gradient";
  readonly source: Source;
  readonly gradient: string;
  readonly weightGradient: string;
  readonly biasGradient: string;
}

/** Gradient of {@linkcode Upsample2} with respect to its source (after norm and ReLU). */
export interface Upsample2Gradient {
  readonly kind: "upsample2_gradient";
  readonly gradient: string;
  readonly out: string;
}

/**
 * Gradient of {@linkcode MaxPool2}, added to `out`. Each value is added at the first maximum of its
 * window, in row-major order.
 */
export interface MaxPool2Gradient {
  readonly kind: "maxpool2_gradient";
  readonly source: Source;
  readonly gradient: string;
  readonly out: string;
}

/** A parameter, its gradient and its optimiser slots by name; all have one shape. */
export interface UpdateEntry {
  readonly parameter: string;
  readonly gradient: string;
  readonly slots: Readonly<Record<string, string>>;
  /** Whether the rule's weight decay is for this parameter. */
  readonly decays?: boolean;
}

/**
 * An optimiser step, see optimizers.ts. `rate` holds [learning rate, t]; t counts from 1. With
 * `clip`, every gradient is first multiplied by its first value.
 */
export interface Update {
  readonly kind: "update";
  readonly rule: OptimizerName;
  readonly entries: readonly UpdateEntry[];
  /** The rule's constants, in the rule's order. */
  readonly hyper: Readonly<Record<string, number>>;
  readonly rate: string;
  readonly clip?: string;
}

/**
 * The Euclidean norm of all gradients together, and the factor that limits it: `result` `[2]`
 * receives `min(1, limit / (norm + 1e-6))` and the norm, as torch.nn.utils.clip_grad_norm_.
 */
export interface GradientNorm {
  readonly kind: "gradient_norm";
  readonly gradients: readonly string[];
  readonly limit: number;
  readonly result: string;
}

/** A tensor and its moving average; both have one shape. */
export interface AverageEntry {
  readonly value: string;
  readonly average: string;
}

/**
 * Exponential moving averages: with d = min(decay, (1 + t) / (10 + t)), the average e of a value w
 * becomes `e + (1 - d) (w - e)`. `rate` is that of {@linkcode Update}.
 */
export interface Average {
  readonly kind: "average";
  readonly entries: readonly AverageEntry[];
  readonly decay: number;
  readonly rate: string;
}

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
  | GradientNorm
  | Update
  | Average;

/** The name of a step's kind. */
export type StepKind = Step["kind"];

/** The epsilon of group norm (PyTorch's default). */
export const GROUP_NORM_EPSILON = 1e-5;

/** Batch norm's epsilon and momentum (PyTorch's defaults). */
export const BATCH_NORM_EPSILON = 1e-5;
export const BATCH_NORM_MOMENTUM = 0.1;
