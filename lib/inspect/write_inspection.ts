/**
 * The whole inspection: examines a folder, writes the result and draws the contact sheets.
 *
 * @module
 */
import { MaskJudge, maskRules } from "../dataset/masks.ts";
import type { Pair, Pairing } from "../dataset/pairing.ts";
import { INSPECTION_FILE } from "../dataset/image_files.ts";
import type { LeftOut } from "../dataset/left_out.ts";
import { Hold } from "../store/hold.ts";
import { checkOwnFolder, outputFolder, OWN } from "../store/own_files.ts";
import type { Folders } from "../store/store.ts";
import { inspectFolder, type InspectOptions } from "./inspect_folder.ts";
import type { Inspection } from "./inspection.ts";
import { findingSheets } from "./sheets.ts";

/** The arguments of {@linkcode writeInspection}. */
export interface WriteInspectionRequest
  extends Folders, Omit<InspectOptions, "onFound" | "onProgress"> {
  /** The folder to write into, in the output directory. */
  readonly out: string;
}

/** Callbacks for the progress of an inspection, in the order of their calls. */
export interface InspectDisplay {
  /** Called with the number of images to examine, and with what was left out. */
  begin?(total: number, leftOut: LeftOut): void;
  /** Called after each image with the number of examined images and of all images. */
  examining?(done: number, total: number): void;
  /** Called after the last image, before anything is written. */
  found?(inspection: Inspection): void;
}

/** An inspection and its files. */
export interface WrittenInspection {
  readonly inspection: Inspection;
  /** Relative to the output directory. */
  readonly out: string;
  /** The names of the files in `out`. */
  readonly files: readonly string[];
}

/**
 * Examines a folder of images and masks, writes `inspect.json` and draws contact sheets.
 *
 * @throws {InputError} when there is nothing to examine, and for a folder that holds other files.
 */
export async function writeInspection(
  { data, output = data, out: given, ...options }: WriteInspectionRequest,
  display: InspectDisplay = {},
): Promise<WrittenInspection> {
  const out = await outputFolder(output, given);
  await checkOwnFolder(output, out, INSPECTION_FILE, OWN.inspection);
  await using _hold = await Hold.of(output, out, "inspect");
  let found: Pairing | undefined;
  const inspection = await inspectFolder(data, {
    ...options,
    onFound(pairing, total, leftOut) {
      found = pairing;
      display.begin?.(total, leftOut);
    },
    onProgress: (done, total) => display.examining?.(done, total),
  });
  display.found?.(inspection);

  // Written first: a folder with this file is never searched for images.
  const text = `${JSON.stringify(inspection, null, 2)}\n`;
  await output.writeFile(`${out}/${INSPECTION_FILE}`, text);
  const files = [INSPECTION_FILE];
  const sources = { judge: new MaskJudge(maskRules(options)), annotations: found!.annotations };
  for await (const { file, png } of findingSheets(data, inspection, pairsFrom(found!), sources)) {
    await output.writeFile(`${out}/${file}`, png);
    files.push(file);
  }
  return { inspection, out, files };
}

function pairsFrom({ pairs, unmasked }: Pairing): Pair[] {
  return [...pairs, ...unmasked.map((image) => ({ image, masks: [] }))];
}
