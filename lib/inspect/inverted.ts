/**
 * Masks that are white where they should be black.
 *
 * @module
 */
import type { GreyImage } from "../image/image.ts";

/** An inverted mask is white over more of its image than a lesion that is shown whole. */
const LEAST_SHARE = 0.5;
/**
 * And white along nearly all of its border, where a lesion that is cut off touches only some of it.
 */
const BORDER_SHARE = 0.9;

/**
 * Whether a mask (above half is inside) seems to be inverted: mostly white, with black enclosed by
 * it.
 */
export function isInverted({ width, height, pixels }: GreyImage): boolean {
  let white = 0, border = 0, whiteBorder = 0;
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const isWhite = pixels[i] > 127 ? 1 : 0;
      white += isWhite;
      if (x > 0 && y > 0 && x < width - 1 && y < height - 1) continue;
      border++;
      whiteBorder += isWhite;
    }
  }
  return white < pixels.length && white > LEAST_SHARE * pixels.length &&
    whiteBorder > BORDER_SHARE * border;
}
