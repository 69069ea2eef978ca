/**
 * From an image to its outlined lesions, at the image's own size.
 *
 * The image is resized to the network's input as in training; the logits are resized back (bilinear,
 * half-pixel centres, antialiased when shrinking) before the threshold, so that the outline is
 * as smooth as the image and not as the network's grid.
 *
 * @module
 */
import type { GreyImage } from "../data/image.ts";
import { resizeGrey } from "../data/resize.ts";
import { resizeFloat } from "../data/resize_float.ts";
import type { Predictor } from "../engine/engine.ts";
import { InputError } from "../errors.ts";
import { connectedComponents } from "../report/components.ts";

/** A prediction at the size of its image. */
export interface Prediction {
  /** 255 where the probability is above the threshold, 0 elsewhere. */
  readonly mask: GreyImage;
  /** Probability of a lesion `[height, width]`, 65535 for 1. */
  readonly probability: Uint16Array;
  /** Connected parts of the mask (8 neighbours). */
  readonly lesions: number;
  /** Pixels of the mask. */
  readonly area: number;
  /** Mean probability inside the mask; `null` when it is empty. */
  readonly meanProbability: number | null;
}

/** The size of the network's input, px. */
export interface InputSize {
  readonly width: number;
  readonly height: number;
}

/**
 * Predicts one image.
 *
 * @throws InputError when the network answers with no numbers, as broken weights make it.
 */
export async function predictImage(
  predictor: Predictor,
  image: GreyImage,
  size: InputSize,
  threshold: number,
): Promise<Prediction> {
  const input = resizeGrey(image, size.width, size.height);
  const logits = await predictor.run(input.pixels, 1);
  const full = resizeFloat(logits, size.width, size.height, image.width, image.height);
  return measure(full, image.width, image.height, threshold);
}

/** Mask, probability and measurements from logits `[height, width]`. */
export function measure(
  logits: Float32Array,
  width: number,
  height: number,
  threshold: number,
): Prediction {
  // The sigmoid is monotone: comparing logits spares its rounding. At 0.5 the limit is exactly 0.
  const limit = Math.log(threshold / (1 - threshold));
  const pixels = new Uint8Array(logits.length);
  const probability = new Uint16Array(logits.length);
  let area = 0;
  let inside = 0;
  for (let index = 0; index < logits.length; index++) {
    const logit = logits[index];
    if (Number.isNaN(logit)) {
      throw new InputError(
        "the model answers with values that are no numbers; its weights are broken",
      );
    }
    const p = 1 / (1 + Math.exp(-logit));
    probability[index] = Math.round(p * 65535);
    if (logit > limit) {
      pixels[index] = 255;
      area++;
      inside += p;
    }
  }
  const mask = { width, height, pixels };
  return {
    mask,
    probability,
    lesions: connectedComponents(mask).areas.length,
    area,
    meanProbability: area === 0 ? null : inside / area,
  };
}

/** Throws {@linkcode InputError} unless the threshold lies strictly between 0 and 1. */
export function checkThreshold(threshold: number): void {
  if (!(threshold > 0 && threshold < 1)) {
    throw new InputError(`--threshold is ${threshold}; expected a number above 0 and below 1`);
  }
}
