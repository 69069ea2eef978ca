/**
 * From an image to logits at any size, and from logits to a mask.
 *
 * @module
 */
import type { GreyImage } from "../data/image.ts";
import { resizeGrey } from "../data/resize.ts";
import { resizeFloat } from "../data/resize_float.ts";
import type { Predictor } from "../engine/engine.ts";
import { InputError } from "../errors.ts";
import type { InputSize } from "./predict_image.ts";

/**
 * The network's answer for one image, as logits `[at.height, at.width]`: the image is resized to the network's `input` as
 * in training, the answer to `at` (bilinear, half-pixel centres, antialiased when shrinking).
 */
export async function logitsOf(
  predictor: Predictor,
  image: GreyImage,
  input: InputSize,
  at: InputSize,
): Promise<Float32Array> {
  const { pixels } = resizeGrey(image, input.width, input.height);
  const logits = await predictor.run(pixels, 1);
  return resizeFloat(logits, input.width, input.height, at.width, at.height);
}

/**
 * 255 where the probability is above the threshold, 0 elsewhere.
 *
 * @throws InputError for logits that are no numbers, as broken weights make them.
 */
export function maskOf(
  logits: Float32Array,
  { width, height }: InputSize,
  threshold: number,
): GreyImage {
  // The sigmoid is monotone: comparing logits spares its rounding. At 0.5 the limit is exactly 0.
  const limit = Math.log(threshold / (1 - threshold));
  const pixels = new Uint8Array(logits.length);
  for (let index = 0; index < logits.length; index++) {
    const logit = logits[index];
    if (Number.isNaN(logit)) {
      throw new InputError(
        "the model answers with values that are no numbers; its weights are broken",
      );
    }
    if (logit > limit) pixels[index] = 255;
  }
  return { width, height, pixels };
}
