/** The tensors of a plan, and how steps read and write them. @module */

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

/** The element type of a tensor. Only a `map` may be `f16`, and only in plans for a GPU. */
export type DType = "f32" | "f16" | "u8" | "i32";

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
