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
import type { PredictionEntry, PredictionLists } from "./entries.ts";
import { listTexts, PREDICTION_FILES } from "./list_texts.ts";
import type { PagePictures } from "./page/page_pictures.ts";

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
  const { [PREDICTIONS_FILE]: last, ...others } = await listTexts(lists, pictures);
  for (const [name, text] of Object.entries(others)) await data.writeFile(`${out}/${name}`, text);
  const sheet = await sheetOf(data, out, lists.images);
  await data.writeFile(`${out}/${PREDICTION_FILES.sheet}`, sheet);
  const page = `${out}/${PREDICTION_FILES.page}`;
  if (!pictures && await data.kindOf(page) === "file") await data.remove(page);
  await data.writeFile(`${out}/${PREDICTIONS_FILE}`, last);
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
