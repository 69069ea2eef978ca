/**
 * The whole inspection: examines a folder, writes the result and draws the contact sheets.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { sentence, setting } from "../core/sentence.ts";
import type { Pairing } from "../dataset/pairing.ts";
import { INSPECTION_FILE } from "../dataset/image_files.ts";
import type { LeftOut } from "../dataset/left_out.ts";
import type { FileStore } from "../store/store.ts";
import { inspectFolder, type InspectOptions } from "./inspect_folder.ts";
import type { Inspection } from "./inspection.ts";
import { findingSheets } from "./sheets.ts";

/** The arguments of {@linkcode writeInspection}. */
export interface WriteInspectionRequest
  extends Pick<InspectOptions, "within" | "masks" | "maskPattern" | "missingMasks" | "signal"> {
  readonly data: FileStore;
  /** The folder to write into. */
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
  /** Relative to the data directory. */
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
  { data, out: folder, ...options }: WriteInspectionRequest,
  display: InspectDisplay = {},
): Promise<WrittenInspection> {
  const out = data.relative(folder);
  await checkOutput(data, out);
  let masksOf: ReadonlyMap<string, readonly string[]> = new Map();
  const inspection = await inspectFolder(data, {
    ...options,
    onFound(pairing, total, leftOut) {
      masksOf = masksByImage(pairing);
      display.begin?.(total, leftOut);
    },
    onProgress: (done, total) => display.examining?.(done, total),
  });
  display.found?.(inspection);

  await data.makeFolder(out);
  // Written first: a folder with this file is never searched for images.
  const text = `${JSON.stringify(inspection, null, 2)}\n`;
  await data.writeFile(`${out}/${INSPECTION_FILE}`, text);
  const files = [INSPECTION_FILE];
  for await (const { file, png } of findingSheets(data, inspection, masksOf)) {
    await data.writeFile(`${out}/${file}`, png);
    files.push(file);
  }
  return { inspection, out, files };
}

function masksByImage({ pairs, unmasked }: Pairing): Map<string, readonly string[]> {
  return new Map([
    ...pairs.map(({ image, masks }) => [image, masks] as const),
    ...unmasked.map((image) => [image, []] as const),
  ]);
}

/** Refuses a folder with other files, since discovery never searches a folder of sheets. */
async function checkOutput(data: FileStore, out: string): Promise<void> {
  if (out === "") {
    throw new InputError(
      sentence`${setting("out")} is the data directory itself; give a folder inside it, like
        inspect`,
    );
  }
  const kind = await data.kindOf(out);
  if (kind === undefined) return;
  const isOurs = kind === "folder" &&
    (await data.exists(`${out}/${INSPECTION_FILE}`) || (await data.list(out)).length === 0);
  if (isOurs) return;
  throw new InputError(
    sentence`${out} is there already and holds no inspection; rename it, or give another folder with
      ${setting("out")}`,
  );
}
