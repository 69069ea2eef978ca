/**
 * Several masks of an image as one.
 *
 * @module
 */
import type { GreyImage } from "./image.ts";

/** The greatest value at each pixel of masks of one size; at least one mask. */
export function unionOf(masks: readonly GreyImage[]): GreyImage {
  const [{ width, height, pixels: first }, ...others] = masks;
  const pixels = first.slice();
  for (const other of others) {
    for (let i = 0; i < pixels.length; i++) {
      if (other.pixels[i] > pixels[i]) pixels[i] = other.pixels[i];
    }
  }
  return { width, height, pixels };
}
