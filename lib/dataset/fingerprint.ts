/**
 * Fingerprints of images, for finding near duplicates: a small picture of the structure that does
 * not depend on brightness and contrast.
 *
 * The image is resized to 64x64. Each pixel becomes its difference from the mean of its
 * neighbourhood, divided by the standard deviation there (local contrast normalisation). This
 * removes the brightness gradient that all ultrasound images share, and keeps the texture of the
 * tissue.
 *
 * @module
 */
import type { GreyImage } from "../image/image.ts";
import { resizeGrey } from "../image/resize.ts";

/** The side of a fingerprint, in values. */
export const SIDE = 64;

/** The neighbourhood's radius, in values. */
const REACH = 5;

/** Added to the standard deviation, in grey levels, so that noise in even areas stays small. */
const EVEN = 4;

/** The structure of an image. */
export interface Fingerprint {
  /** Contrasts `[64, 64]`. */
  readonly fine: Float32Array;
}

/** Computes the fingerprint of an image. */
export function fingerprintOf(image: GreyImage): Fingerprint {
  return { fine: localContrast(resizeGrey(image, SIDE, SIDE).pixels) };
}

/** The difference of each value from its local mean, divided by the local standard deviation. */
function localContrast(pixels: Uint8Array): Float32Array {
  const sums = tableOf(pixels, (value) => value);
  const squares = tableOf(pixels, (value) => value * value);
  const contrasts = new Float32Array(SIDE * SIDE);
  for (let y = 0; y < SIDE; y++) {
    const [top, bottom] = [Math.max(0, y - REACH), Math.min(SIDE, y + REACH + 1)];
    for (let x = 0; x < SIDE; x++) {
      const [left, right] = [Math.max(0, x - REACH), Math.min(SIDE, x + REACH + 1)];
      const count = (bottom - top) * (right - left);
      const mean = boxSum(sums, left, top, right, bottom) / count;
      const variance = boxSum(squares, left, top, right, bottom) / count - mean * mean;
      const deviation = Math.sqrt(Math.max(0, variance));
      contrasts[y * SIDE + x] = (pixels[y * SIDE + x] - mean) / (deviation + EVEN);
    }
  }
  return contrasts;
}

/** A summed-area table (Crow 1984) of a 64x64 picture: sums of all values above and to the left. */
export function tableOf(
  values: ArrayLike<number>,
  of: (value: number) => number,
): Float64Array {
  const across = SIDE + 1;
  const table = new Float64Array(across * across);
  for (let y = 0; y < SIDE; y++) {
    let row = 0;
    for (let x = 0; x < SIDE; x++) {
      row += of(values[y * SIDE + x]);
      table[(y + 1) * across + x + 1] = table[y * across + x + 1] + row;
    }
  }
  return table;
}

/** The sum over columns `left` to `right - 1` and rows `top` to `bottom - 1`. */
function boxSum(
  table: Float64Array,
  left: number,
  top: number,
  right: number,
  bottom: number,
): number {
  const across = SIDE + 1;
  return table[bottom * across + right] - table[top * across + right] -
    table[bottom * across + left] + table[top * across + left];
}
