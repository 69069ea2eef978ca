/**
 * Finds the image files of a data directory.
 *
 * Outputs of Sonoseg are skipped, so that predicted masks never become ground truth: run folders,
 * folders with predictions.json or its parts, and folders with inspect.json.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { IMAGE_ENDINGS, IMAGE_NAME } from "../image/image_names.ts";
import type { FileFinder } from "../store/store.ts";
import { HOW_TO_RENAME, unreadableName } from "../store/walk.ts";
import { DICOM_KIND, kindByName, kindOfFile } from "./file_kinds.ts";
import { filesInWords, type LeftOut } from "./left_out.ts";
import { holdsPhantoms } from "./phantoms/marker.ts";

const LISTED_NAMES = 10;

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

/**
 * Folders in which systems keep what is no data: archives of macOS, thumbnails and snapshots of
 * network drives, what was deleted. In lower case.
 */
const SYSTEM_FOLDERS: ReadonlySet<string> = new Set([
  "__macosx",
  "@eadir",
  "@recycle",
  "@recently-snapshot",
  "#recycle",
  "#snapshot",
  "~snapshot",
  "$recycle.bin",
  "recycler",
  "system volume information",
  "lost+found",
]);

/** Names that mark folders of outputs. */
const OUTPUTS = [PREDICTIONS_FILE, PARTS_FOLDER, INSPECTION_FILE];

/** In English: ".png, .jpg and .jpeg". */
const ENDINGS = new Intl.ListFormat("en-GB").format(IMAGE_ENDINGS.map((ending) => `.${ending}`));

/** The image files of a folder, and what else looks like an image. */
export interface ImageFiles {
  /** Images and masks, sorted by code units. */
  readonly images: readonly string[];
  /** Files and folders whose names are not UTF-8 and that may be or hold images. */
  readonly unreadable: readonly string[];
  readonly leftOut: LeftOut;
}

/** Where to search. */
export interface ImageSearch {
  /** The folder, by default the whole data directory. */
  readonly within?: string;
  /** Images that are wanted in any case, such as those of a split. */
  readonly named?: Iterable<string>;
}

/**
 * Finds the image files in a folder and the folders below. Files are selected by their endings;
 * DICOM files without an ending, as scanners name them, by their first bytes.
 * Skips hidden entries, run folders and folders of predictions and inspections. Folders of phantoms
 * are taken when they are named or hold a named image, or when there is no other image.
 *
 * @throws InputError when there is no image file.
 */
export async function findImageFiles(
  data: FileFinder,
  { within = "", named = [] }: ImageSearch = {},
): Promise<ImageFiles> {
  const wanted = [`${data.relative(within)}/`, ...named];
  const found = await search(
    data,
    within,
    (path) => wanted.some((name) => name.startsWith(`${path}/`)),
  );
  const { leftOut: { phantoms } } = found;
  if (found.images.length > 0 || found.unreadable.length > 0) return found;
  if (phantoms.length > 0) return await search(data, within, () => true);
  const others = found.leftOut.files.size === 0
    ? ""
    : `; there are other files, which are not read: ${filesInWords(found.leftOut)}`;
  throw new InputError(
    `there are no images in ${data.resolve(within)}: looked for ${ENDINGS} files in it and in ` +
      `the folders below, but not in "${RUNS_FOLDER}" folders, hidden folders and folders of ` +
      `predictions or inspections${others}`,
  );
}

/**
 * The images that {@linkcode findImageFiles} finds.
 *
 * @throws InputError when there is none, and for names that are not UTF-8.
 */
export async function listImages(data: FileFinder, within = ""): Promise<readonly string[]> {
  const { images, unreadable } = await findImageFiles(data, { within });
  refuseUnreadable(unreadable);
  return images;
}

/** Throws {@linkcode InputError} that lists the first ten names, if there are any. */
export function refuseUnreadable(unreadable: readonly string[]): void {
  if (unreadable.length === 0) return;
  if (unreadable.length === 1) throw new InputError(unreadableName(unreadable[0]));
  const lines = unreadable.slice(0, LISTED_NAMES).map((path) => `  ${path}`);
  const more = unreadable.length - lines.length;
  throw new InputError(
    `${unreadable.length} names are not in UTF-8, so nothing can open them; ${HOW_TO_RENAME}:\n${
      lines.join("\n")
    }` +
      (more > 0 ? `\n  and ${more} more` : ""),
  );
}

async function search(
  data: FileFinder,
  within: string,
  isWanted: (folder: string) => boolean,
): Promise<ImageFiles> {
  const files = new Map<string, number>();
  const leaveOut = (kind: string) => files.set(kind, (files.get(kind) ?? 0) + 1);
  const unreadable: string[] = [];
  const phantoms: string[] = [];
  const paths = await data.walk(within, {
    skip({ name }) {
      if (name.startsWith(".") && IMAGE_NAME.test(name)) leaveOut("hidden");
      return isSkipped(name);
    },
    async skipFolder({ path, names }) {
      if (holdsOutputs(names)) return true;
      if (isWanted(path) || !await holdsPhantoms(data, { path, names })) return false;
      if (!phantoms.includes(path)) phantoms.push(path);
      return true;
    },
    skippedLink: ({ name }) =>
      IMAGE_NAME.test(name) && leaveOut("linked to hidden files or outputs"),
    unreadable({ path, name, kind }) {
      const other = kindByName(name);
      if (kind === "folder" || IMAGE_NAME.test(name)) unreadable.push(path);
      else if (other !== undefined) leaveOut(other);
    },
    special: ({ name }) => IMAGE_NAME.test(name) && leaveOut("pipe"),
  });
  const images: string[] = [];
  for (const path of paths) {
    if (IMAGE_NAME.test(path)) {
      images.push(path);
      continue;
    }
    const kind = await kindOfFile(data, path);
    if (kind === DICOM_KIND) images.push(path);
    else if (kind !== undefined) leaveOut(kind);
  }
  return { images, unreadable, leftOut: { files, phantoms: phantoms.sort(), unmasked: [] } };
}

/**
 * Lists the files with matching names in a folder and the folders below, sorted by code units.
 * Skips what {@linkcode listImages} skips.
 */
export async function listFiles(
  data: FileFinder,
  within: string,
  names: RegExp,
): Promise<string[]> {
  const files = await data.walk(within, {
    skip: ({ name }) => isSkipped(name),
    skipFolder: ({ names }) => holdsOutputs(names),
    // The search for images names what cannot be opened.
    unreadable: () => {},
  });
  return files.filter((file) => names.test(file));
}

/** Whether files and folders of this name are never looked at. */
function isSkipped(name: string): boolean {
  return name.startsWith(".") || name === RUNS_FOLDER ||
    SYSTEM_FOLDERS.has(name.toLowerCase());
}

/** Whether a folder with these names in it holds outputs. */
function holdsOutputs(names: ReadonlySet<string>): boolean {
  return OUTPUTS.some((name) => names.has(name));
}
