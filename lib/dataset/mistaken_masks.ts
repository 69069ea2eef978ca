/**
 * Recognises masks among images by their pixels, so that no mask is taken for an image that shows
 * no lesion.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import type { DecodedImage, GreyImage } from "../image/image.ts";
import { MaskJudge } from "./masks.ts";

/**
 * Refuses an image without masks whose pixels are those of a mask: black and one other level, or
 * black and white with soft edges. An image of one level is no mask.
 *
 * @param name How to call the file in an error.
 * @throws InputError for a mask.
 */
export function refuseMask(decoded: DecodedImage, grey: GreyImage, name: string): void {
  if (!isMask(decoded, grey)) return;
  throw new InputError(
    `${name} looks like a mask: it is only black and white, and has no mask itself; take it out, or ` +
      `add a black mask if it is an image without a lesion`,
  );
}

function isMask(decoded: DecodedImage, grey: GreyImage): boolean {
  const levels = new Set<number>();
  for (let i = 0; i < grey.pixels.length && levels.size < 3; i++) levels.add(grey.pixels[i]);
  if (levels.size < 3) return levels.size === 2 && levels.has(0);
  try {
    return new MaskJudge().judge(decoded, "").lesion;
  } catch (error) {
    if (error instanceof InputError) return false;
    throw error;
  }
}
