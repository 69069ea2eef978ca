/**
 * Parts of the demonstration: phantoms, a small network, a contact sheet of the validation images.
 *
 * @module
 */
import { stemOf } from "../core/paths.ts";
import { RESEARCH_ONLY } from "../core/version.ts";
import type { Pair } from "../dataset/pairing.ts";
import { decodeGrey } from "../image/codecs/decode.ts";
import { countOverlap } from "../image/overlap.ts";
import { unionOf } from "../image/union.ts";
import { contactSheet, type SheetItem } from "../pictures/contact_sheet.ts";
import type { FileStore } from "../store/store.ts";
import type { TrainingConfig } from "../train/config.ts";
import { verdictOf } from "./pictures.ts";
import { FILES, type RunFolder } from "./run_folder.ts";

/** The phantoms of the demonstration, and their folder. */
export const DEMO_PHANTOMS = { folder: "phantoms", count: 64, seed: 0 } as const;

/** The name of the run, or the beginning of its name. */
export const DEMO_RUN = "demo";

/** The file in the run's folder that {@linkcode writeDemoSheet} writes. */
export const DEMO_SHEET = "contact_sheet.png";

/** The settings of the run. */
export const DEMO_CONFIG: Partial<TrainingConfig> = {
  images: DEMO_PHANTOMS.folder,
  recipe: "fast",
  // With this seed the validation images are of all kinds.
  seed: 2,
};

/** Draws images with the outlines of their masks and of the run's predictions on one sheet. */
export async function writeDemoSheet(
  data: FileStore,
  run: RunFolder,
  pairs: readonly Pair[],
): Promise<void> {
  const items = await Promise.all(pairs.map((pair) => sheetItem(data, run.path, pair)));
  const title = `Validation images: phantoms (${run.name}). ${RESEARCH_ONLY}`;
  await run.write(DEMO_SHEET, await contactSheet(items, { title }));
}

async function sheetItem(
  data: FileStore,
  run: string,
  { image, masks }: Pair,
): Promise<SheetItem> {
  const read = async (path: string) => decodeGrey(await data.readFile(path), path);
  const stem = stemOf(image);
  const truth = unionOf(await Promise.all(masks.map(read)));
  const predicted = await read(`${run}/${FILES.predictions}/${stem}_mask.png`);
  return {
    image: await read(image),
    predicted,
    truth,
    name: stem,
    words: verdictOf(countOverlap(truth, predicted), truth.pixels.length),
  };
}
