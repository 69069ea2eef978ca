/**
 * Lesions below one pixel of the network's input: the network cannot have seen them, the enlarged
 * probabilities only just pass the threshold there.
 *
 * @module
 */
import { frameOf } from "../image/fit.ts";
import type { PredictionEntry, PredictionSettings } from "./entries.ts";

/** How many lesions of a prediction are specks. */
export interface Specks {
  /** The number of lesions with less area than one pixel of the network's input. */
  readonly specks: number;
  /** The number of all lesions. */
  readonly lesions: number;
  /** The smallest lesion to keep, in px of the images, so that all of these are left out. */
  readonly minArea: number;
}

/** Counts the specks of images. Of several models, the one with the smallest pixels decides. */
export function countSpecks(
  images: readonly PredictionEntry[],
  settings: PredictionSettings,
): Specks {
  let specks = 0, lesions = 0, minArea = 1;
  for (const image of images) {
    const pixel = pixelArea(image, settings);
    const small = image.lesions.filter(({ area_px }) => area_px < pixel).length;
    lesions += image.lesions.length;
    specks += small;
    if (small > 0) minArea = Math.max(minArea, Math.ceil(pixel));
  }
  return { specks, lesions, minArea };
}

/** The area of an image that one pixel of the network covers, px. */
function pixelArea(image: PredictionEntry, settings: PredictionSettings): number {
  const areas = (settings.members ?? [settings]).map(({ network_width, network_height, fit }) => {
    const { width, height } = frameOf(image, { width: network_width, height: network_height, fit });
    return image.width * image.height / (width * height);
  });
  return Math.min(...areas);
}
