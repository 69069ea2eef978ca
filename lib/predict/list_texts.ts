/**
 * The texts that sum up a prediction, from its entries alone: `predictions.json`, `coco.json`,
 * `coco_results.json`, `measurements.csv` and, with the pictures of the images, the page.
 *
 * @module
 */
import { PREDICTIONS_FILE } from "../dataset/image_files.ts";
import { cocoJson, cocoResultsJson } from "./coco.ts";
import {
  type Failure,
  type PredictionLists,
  type PredictionSettings,
  predictionsJson,
} from "./entries.ts";
import { measurementsCsv } from "./measurements.ts";
import type { PagePictures } from "./page/page_pictures.ts";
import { predictionsPage } from "./page/predictions_page.ts";
import { isFailure, predicted, type Result } from "./shards.ts";

/** Sorts results into entries and failures; inputs that could not be used at all come first. */
export function listsOf(
  settings: PredictionSettings,
  unusable: readonly Failure[],
  results: readonly Result[],
): PredictionLists {
  return {
    settings,
    images: predicted(results),
    failed: [...unusable, ...results.filter(isFailure)],
  };
}

/** The names of the lists beside `predictions.json`. */
export const PREDICTION_FILES = {
  coco: "coco.json",
  cocoResults: "coco_results.json",
  measurements: "measurements.csv",
  sheet: "contact_sheet.png",
  page: "predictions.html",
} as const;

/** The texts by the names of their files; the page only with `pictures`. */
export async function listTexts(
  lists: PredictionLists,
  pictures?: Pick<PagePictures, "of" | "leftOut">,
): Promise<Record<string, string> & { readonly [PREDICTIONS_FILE]: string }> {
  const { settings, images, failed } = lists;
  return {
    [PREDICTION_FILES.coco]: cocoJson(images),
    [PREDICTION_FILES.cocoResults]: cocoResultsJson(images),
    [PREDICTION_FILES.measurements]: measurementsCsv(images, settings),
    ...(pictures && { [PREDICTION_FILES.page]: await predictionsPage(lists, pictures) }),
    [PREDICTIONS_FILE]: predictionsJson(settings, images, failed),
  };
}
