/**
 * Augments one training image: pixels of image and mask move together, then grey values change.
 *
 * @module
 */
import { drawImage, type DrawKey } from "./draw.ts";
import type { Policy } from "./ingredients.ts";
import { revalued } from "./values.ts";
import { type MaskedPixels, warped } from "./warp.ts";

/** The image and its mask as they are trained on in an epoch; new arrays. */
export function augmented(pixels: MaskedPixels, policy: Policy, key: DrawKey): MaskedPixels {
  const { width, height } = pixels;
  const draw = drawImage(policy, key, width, height);
  const moved = draw.affine || draw.elastic ? warped(pixels, draw) : pixels;
  const image = revalued({ width, height, pixels: moved.image }, draw, key);
  return { ...moved, image };
}
