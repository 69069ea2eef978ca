/**
 * Predictions without a model: smooth random fields as logits.
 *
 * @module
 */
import { RandomStream } from "../../lib/core/random.ts";
import { entryOf, type PredictionEntry, type PredictionLists } from "../../lib/predict/entries.ts";
import type { PagePictures } from "../../lib/predict/page/page_pictures.ts";
import {
  measure,
  type Prediction,
  type PredictionOptions,
} from "../../lib/predict/predict_image.ts";
import { PART_SETTINGS } from "./part_settings.ts";

/** A prediction with blobs of several sizes. */
export function madeUpPrediction(
  index: number,
  width: number,
  height: number,
  threshold: number,
  options: PredictionOptions = {},
): Prediction {
  const random = new RandomStream(2, "predictions", index);
  const waves = Array.from({ length: 6 }, () => ({
    across: 20 * random.uniform() / width,
    down: 20 * random.uniform() / height,
    phase: 7 * random.uniform(),
  }));
  const logits = Float32Array.from({ length: width * height }, (_, i) => {
    const [x, y] = [i % width, Math.floor(i / width)];
    const sum = waves.reduce(
      (sum, { across, down, phase }) => sum + Math.sin(across * x + down * y + phase),
      -1,
    );
    return 1.5 * sum;
  });
  return measure({ width, height, logits }, threshold, options);
}

/** Lists of predictions, whose pictures are added to a page's. */
export async function madeUpLists(
  names: readonly string[],
  predictions: readonly Prediction[],
  threshold: number,
  pictures: PagePictures,
): Promise<PredictionLists> {
  const images: PredictionEntry[] = [];
  for (const [k, name] of names.entries()) {
    const prediction = predictions[k % predictions.length];
    pictures.add(name, await pictures.make(prediction.mask, prediction));
    images.push(entryOf(name, `image ${k}`, prediction));
  }
  return { settings: { ...PART_SETTINGS, tta: "none", threshold }, images, failed: [] };
}
