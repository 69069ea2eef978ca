/**
 * The files that sum up a prediction: `predictions.json`, `coco.json`, `coco_results.json`,
 * `measurements.csv` and a contact sheet. They are made from the entries and the pictures that were
 * written, so one process and several give the same files. The page needs the pixels of the images,
 * too, which only the process has that predicts all of them.
 *
 * @module
 */
import { evenly } from "../core/evenly.ts";
import { stemOf } from "../core/paths.ts";
import { RESEARCH_ONLY } from "../core/version.ts";
import { PREDICTIONS_FILE } from "../dataset/image_files.ts";
import { decodeGrey, decodeImage } from "../image/codecs/decode.ts";
import { MOST_FILE_BYTES } from "../image/codecs/header.ts";
import type { DecodedImage } from "../image/image.ts";
import { contactSheet, type SheetItem } from "../pictures/contact_sheet.ts";
import type { Picture } from "../pictures/picture.ts";
import type { FileStore } from "../store/store.ts";
import { cocoJson, cocoResultsJson } from "./coco.ts";
import {
  type Failure,
  type PredictionEntry,
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

/** The most images of a contact sheet. */
const SHEET_IMAGES = 48;
const SHEET_COLUMNS = 6;

/**
 * Writes all lists into the output folder, `predictions.json` last.
 *
 * @param pictures Those of the page. Without them there is no page, and an earlier one is removed.
 */
export async function writeLists(
  data: FileStore,
  out: string,
  lists: PredictionLists,
  pictures?: PagePictures,
): Promise<void> {
  const { settings, images, failed } = lists;
  await data.writeFile(`${out}/${PREDICTION_FILES.coco}`, cocoJson(images));
  await data.writeFile(`${out}/${PREDICTION_FILES.cocoResults}`, cocoResultsJson(images));
  await data.writeFile(
    `${out}/${PREDICTION_FILES.measurements}`,
    measurementsCsv(images, settings),
  );
  await data.writeFile(`${out}/${PREDICTION_FILES.sheet}`, await sheetOf(data, out, images));
  const page = `${out}/${PREDICTION_FILES.page}`;
  if (pictures) await data.writeFile(page, await predictionsPage(lists, pictures));
  else if (await data.kindOf(page) === "file") await data.remove(page);
  await data.writeFile(`${out}/${PREDICTIONS_FILE}`, predictionsJson(settings, images, failed));
}

/** A picture without its transparency. Other programs may have saved an overlay again. */
function opaque({ width, height, pixels, channels }: DecodedImage): Picture {
  if (channels === 1 || channels === 3) return { width, height, pixels, channels };
  const kept = channels === 2 ? 1 : 3;
  const colours = new Uint8Array(width * height * kept);
  for (let i = 0; i < colours.length; i++) {
    colours[i] = pixels[Math.floor(i / kept) * channels + i % kept];
  }
  return { width, height, pixels: colours, channels: kept };
}

async function sheetOf(
  data: FileStore,
  out: string,
  images: readonly PredictionEntry[],
): Promise<Uint8Array<ArrayBuffer>> {
  const shown = evenly(images, SHEET_IMAGES);
  const items: SheetItem[] = [];
  for (const { input, overlay, mask, lesions } of shown) {
    const read = async (name: string) => {
      const path = `${out}/${name}`;
      return { bytes: await data.readFile(path, { limit: MOST_FILE_BYTES }), path };
    };
    const [drawn, found] = [await read(overlay), await read(mask)];
    const count = lesions.length;
    items.push({
      image: opaque(decodeImage(drawn.bytes, drawn.path)),
      // The overlay's own line is too thin for a small picture.
      predicted: decodeGrey(found.bytes, found.path),
      name: stemOf(input),
      words: count === 0 ? "no lesion" : count === 1 ? "1 lesion" : `${count} lesions`,
    });
  }
  const part = shown.length < images.length
    ? `${shown.length} of ${images.length} predictions, evenly chosen`
    : "Predictions";
  const title = `${part}. ${RESEARCH_ONLY}`;
  return await contactSheet(items, { title, columns: SHEET_COLUMNS });
}
