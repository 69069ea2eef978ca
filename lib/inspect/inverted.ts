/**
 * Detects inverted masks.
 *
 * @module
 */
import type { GreyImage } from "../image/image.ts";

/** The least white share of an inverted mask; a lesion that is shown whole covers less. */
const LEAST_SHARE = 0.5;
/**
 * The least white share of an inverted mask's border; a lesion that is cut off touches less of it.
 */
const BORDER_SHARE = 0.9;

/**
 * Whether a mask seems to be inverted: mostly white, with black enclosed by it. Values above half
 * are inside.
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
