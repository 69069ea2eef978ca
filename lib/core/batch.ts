/**
 * The input of a network, and the pixel counts that measure its output.
 *
 * @module
 */

/** Grey bytes, or the floats of a plan whose input is a `plane` (see plan.ts). */
export type Pixels = Uint8Array | Float32Array;

/** Images and their masks, ready for the network. */
export interface Batch<Images extends Pixels = Uint8Array> {
  /** The number of images. */
  readonly n: number;
  readonly height: number;
  readonly width: number;
  /** Grey bytes `[n, height, width]`, or floats `[n, c, height, width]`. */
  readonly images: Images;
  /** Mask values from 0 to 1 `[n, 1, height, width]`; soft edges are kept. */
  readonly masks: Float32Array;
}

/** Images and masks as they were loaded, with what a device changes in them before a step. */
export interface RawBatch extends Pick<Batch, "n" | "height" | "width"> {
  /** Grey bytes `[n, height, width]`. */
  readonly images: Uint8Array;
  /** Mask bytes `[n, height, width]`. */
  readonly masks: Uint8Array;
  /** A record for each image (dataset/augment/record.ts). */
  readonly changes: Int32Array;
}

/** Pixels of one image: predicted and true, predicted, true. */
export interface OverlapCounts {
  readonly intersection: number;
  readonly predicted: number;
  readonly truth: number;
}
