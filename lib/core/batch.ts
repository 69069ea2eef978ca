/**
 * What goes into a network and what is counted of its answer.
 *
 * @module
 */

/** Images and their masks, ready for the network. */
export interface Batch {
  /** The number of images. */
  readonly n: number;
  readonly height: number;
  readonly width: number;
  /** Grey bytes `[n, height, width]`. */
  readonly images: Uint8Array;
  /** Mask values from 0 to 1 `[n, 1, height, width]`; soft edges are kept. */
  readonly masks: Float32Array;
}

/** Pixels of one image: predicted and true, predicted, true. */
export interface OverlapCounts {
  readonly intersection: number;
  readonly predicted: number;
  readonly truth: number;
}
