/** The steps of a forward pass, its loss among them. @module */
import type { LossTerm } from "../losses.ts";
import type { Source } from "./tensors.ts";

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

/**
 * Every element times a factor of its own: a dropout of elements (torch.nn.Dropout), and its
 * gradient. The factor is 0 with probability `p`, else 1 / (1 - p).
 *
 * `words` `[8]` are the random words k0, k1 (the seed), the training step and the purpose, as the
 * lower and the upper 16 bits of each, since a float holds those exactly. Channel c of pixel q (of
 * h * w, row by row) in image i is kept if word c mod 4 of Philox 4x32-10 with key (k0, k1) and
 * counter (floor(c / 4) * h * w + q, i, step, purpose) is at least {@linkcode leastWord} of `p`:
 * the masks depend neither on the device nor on what was drawn before.
 */
export interface ElementDropout {
  readonly kind: "element_dropout";
  readonly source: Source;
  readonly words: string;
  readonly p: number;
  readonly out: string;
}

/** The least random word, of 32 bits, with which a dropout of probability `p` keeps a value. */
export function leastWord(p: number): number {
  return Math.min(Math.round(p * 2 ** 32), 2 ** 32 - 1);
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
 * multiplied by `share` (1 by default); with `adds` the values are added to `result`. The gradient
 * alone is multiplied by the first value of `scaling`, if there is one.
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
  readonly scaling?: string;
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
