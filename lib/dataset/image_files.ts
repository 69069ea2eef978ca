/**
 * Finds the image files of a data directory.
 *
 * Outputs of Sonoseg are skipped, so that predicted masks never become ground truth: run folders,
 * folders with predictions.json or its parts, and folders with inspect.json.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { IMAGE_ENDINGS } from "../image/codecs/codecs.ts";
import type { FileStore, Skip } from "../store/store.ts";

/** Folders of this name hold training runs; they are never searched for images. */
export const RUNS_FOLDER = "runs";

/** A folder with this file in it holds predictions; it is never searched for images. */
export const PREDICTIONS_FILE = "predictions.json";

/**
 * A folder that contains this folder also holds predictions: the parts of a divided prediction,
 * before they are merged.
 */
export const PARTS_FOLDER = "predictions.parts";

/** A folder with this file in it holds an inspection; it is never searched for images. */
export const INSPECTION_FILE = "inspect.json";

/** Matches the extension of an image file. */
export const IMAGE_NAME = new RegExp(`\\.(${IMAGE_ENDINGS.join("|")})$`, "i");
/** In English: ".png, .jpg and .jpeg". */
const ENDINGS = new Intl.ListFormat("en-GB").format(IMAGE_ENDINGS.map((ending) => `.${ending}`));

/**
 * Lists the image files, masks included, in a folder and the folders below, sorted by code units.
 * Files are selected by extension. Skips hidden entries, run folders and folders of predictions.
 *
 * @throws InputError when there is no image file.
 */
export async function listImages(folder: FileStore, within = ""): Promise<string[]> {
  const images = await listFiles(folder, within, IMAGE_NAME);
  if (images.length > 0) return images;
  throw new InputError(
    `there are no images in ${
      folder.resolve(within)
    }: looked for ${ENDINGS} files in it and in the ` +
      `folders below, but not in "${RUNS_FOLDER}" folders, hidden folders and folders of predictions or inspections`,
  );
}

/**
 * Lists the files with matching names in a folder and the folders below, sorted by code units.
 * Skips what {@linkcode listImages} skips.
 */
export async function listFiles(
  folder: FileStore,
  within: string,
  names: RegExp,
): Promise<string[]> {
  const isOurs = async (path: string) =>
    await holdsPredictions(folder, path) ||
    await folder.exists(path === "" ? INSPECTION_FILE : `${path}/${INSPECTION_FILE}`);
  const skip: Skip = async ({ name, path }) =>
    name.startsWith(".") || name === RUNS_FOLDER || await isOurs(path);
  const files = await isOurs(folder.relative(within)) ? [] : await folder.walk(within, skip);
  return files.filter((file) => names.test(file));
}

/** Whether a folder, given by its path in the data directory, holds predictions. */
export async function holdsPredictions(data: FileStore, folder: string): Promise<boolean> {
  const inside = (name: string) => data.exists(folder === "" ? name : `${folder}/${name}`);
  return await inside(PREDICTIONS_FILE) || await inside(PARTS_FOLDER);
}
