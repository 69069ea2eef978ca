/**
 * The union of several masks of one image.
 *
 * @module
 */
import type { GreyImage } from "./image.ts";

/** The maximum at each pixel of one or more masks of equal size. */
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
