/**
 * Writes phantoms as files with the folders and names of a data set.
 *
 * @module
 */
import { InputError } from "../../core/errors.ts";
import { refusal } from "../../core/fields.ts";
import { folderName } from "../../core/paths.ts";
import { sameBytes } from "../../core/same_bytes.ts";
import { sentence, setting } from "../../core/sentence.ts";
import { encodeGrey } from "../../image/codecs/encode.ts";
import { Hold } from "../../store/hold.ts";
import { firstFileIn, outputFolder } from "../../store/own_files.ts";
import type { FileStore } from "../../store/store.ts";
import { PHANTOMS_FILE, PHANTOMS_TEXT } from "./marker.ts";
import { phantomSet } from "./phantoms.ts";

const MOST_PHANTOMS = 100_000;

/** The result of {@linkcode writePhantoms}. */
export interface WrittenPhantoms {
  /** Where they are, relative to the data directory. */
  readonly folder: string;
  readonly images: number;
  readonly masks: number;
  /** The number of files that already existed with the same bytes. */
  readonly kept: number;
}

/**
 * Writes `count` phantoms with their masks into the folder `out`, and the file that marks it as one
 * of phantoms. Existing files with the same bytes are kept. Throws {@linkcode InputError}, before
 * anything is written, when an existing file differs, and for a folder with files of others.
 */
export async function writePhantoms(
  data: FileStore,
  out: string,
  { count, seed }: { readonly count: number; readonly seed: number },
): Promise<WrittenPhantoms> {
  const folder = await outputFolder(data, out);
  if (!Number.isInteger(count) || count < 1 || count > MOST_PHANTOMS) {
    throw refusal("count", count, `a whole number from 1 to ${MOST_PHANTOMS}`);
  }
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw refusal("seed", seed, "a whole number from 0");
  }
  // Two sets at once would be mixed.
  await using _hold = await Hold.of(data, folder, "phantoms");
  const kept = new Set<string>();
  let keptImages = 0;
  if (await data.exists(folder)) {
    for (const { path, bytes, kind } of phantomFiles(folder, count, seed)) {
      if (!await data.exists(path)) continue;
      if (!sameBytes(await data.readFile(path), bytes)) {
        throw new InputError(
          `${path} is there already and is another file; rename the folder ${folder}, so that phantoms can be ` +
            `written there, or write them into another one`,
        );
      }
      kept.add(path);
      if (kind !== "marker") keptImages++;
    }
    // The marker would take the images of somebody else out of every training.
    const other = kept.has(`${folder}/${PHANTOMS_FILE}`)
      ? undefined
      : await firstFileIn(data, folder, kept);
    if (other !== undefined) {
      throw new InputError(
        sentence`${setting("out", folder)} holds other files already (${other}) and holds no
          phantoms; choose an empty or a new folder`,
      );
    }
  }
  let images = 0;
  let masks = 0;
  const made = new Set<string>();
  for (const { path, bytes, kind } of phantomFiles(folder, count, seed)) {
    if (kind === "mask") masks++;
    else if (kind === "image") images++;
    if (kept.has(path)) continue;
    const above = folderName(path);
    if (!made.has(above)) await data.makeFolder(above);
    made.add(above);
    await data.writeFile(path, bytes);
  }
  return { folder, images, masks, kept: keptImages };
}

/** The files of phantoms; the file that marks the folder comes first. */
function* phantomFiles(folder: string, count: number, seed: number) {
  const marker = new TextEncoder().encode(PHANTOMS_TEXT);
  yield { path: `${folder}/${PHANTOMS_FILE}`, bytes: marker, kind: "marker" };
  for (const phantom of phantomSet(count, seed)) {
    const path = (name: string) => `${folder}/${phantom.folder}/${name}.png`;
    yield { path: path(phantom.name), bytes: encodeGrey(phantom.image), kind: "image" };
    for (const { name, image } of phantom.masks) {
      yield { path: path(name), bytes: encodeGrey(image), kind: "mask" };
    }
  }
}
