/**
 * What to say where no image has a lesion.
 *
 * @module
 */
import { count, plural } from "../core/plural.ts";
import type { PredictionEntry, PredictionSettings } from "./entries.ts";

/**
 * A sentence, without its full stop, for a prediction without any lesion: how near the images came,
 * and what that may mean. `undefined` where something was found, and without images.
 */
export function nothingFound(
  images: readonly PredictionEntry[],
  { threshold }: Pick<PredictionSettings, "threshold">,
): string | undefined {
  if (images.length === 0 || images.some(({ lesions }) => lesions.length > 0)) return undefined;
  const found = `no lesion in ${count(images.length)} of ${plural(images.length, "image")}`;
  const highest = images.reduce<PredictionEntry>(
    (most, image) =>
      (image.highest_probability ?? 0) > (most.highest_probability ?? 0) ? image : most,
    images[0],
  );
  const probability = highest.highest_probability;
  // Parts of a divided prediction by earlier versions do not tell it.
  if (probability === undefined) return found;
  const near = `${found}; the highest probability is ${shown(probability)}, in ${highest.input}`;
  return probability > threshold
    ? `${near}, above the threshold of ${threshold}: what was found is smaller than the smallest ` +
      `lesion that is kept`
    : `${near}, and the threshold is ${threshold}: the model may be trained too little, or on ` +
      `other kinds of images`;
}

/** Two digits. */
function shown(probability: number): string {
  return probability >= 0.1 ? probability.toFixed(2) : String(Number(probability.toPrecision(2)));
}
