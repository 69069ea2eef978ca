/** @module */

/** A grey image: `pixels` holds `height * width` bytes, row by row from the top left. */
export interface GreyImage {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}
