/**
 * Finds images and their masks in a data directory.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { sentence, setting } from "../core/sentence.ts";
import type { FileStore } from "../store/store.ts";
import { annotationFileOf, withAnnotations } from "./annotations/discover_annotations.ts";
import { findImageFiles, type ImageSearch, refuseUnreadable } from "./image_files.ts";
import { findLayout, type FoundLayout } from "./layouts/find_layout.ts";
import type { Layout } from "./layouts/layout.ts";
import { parseMaskFolder } from "./layouts/mask_folders.ts";
import { refuseRivals } from "./layouts/refusals.ts";
import { type LeftOut, sumOf } from "./left_out.ts";

/** Options of the search. */
export interface DiscoverOptions extends ImageSearch {
  /** The folders of masks, or an annotation file; found by the names of folders if absent. */
  readonly masks?: readonly string[] | null | undefined;
  /** The names of masks; found by the names of files if absent. */
  readonly maskPattern?: readonly string[] | null | undefined;
  /** The label of annotations that is the lesion. */
  readonly maskClass?: string | null | undefined;
  /** The layout that is tried first if none is told; by default BUSI's. */
  readonly usual?: Layout | undefined;
}

/** The images of a folder, and what the search left out. */
export interface Discovered extends FoundLayout {
  readonly leftOut: LeftOut;
  /** Files and folders whose names are not UTF-8, and that may be or hold images. */
  readonly unreadable: readonly string[];
}

/**
 * Finds the images of a folder and pairs them with their masks.
 *
 * @throws InputError when there is no image, when a name is not UTF-8, when a mask matches two
 *   images, when two layouts fit equally well, and for rules that cannot be used.
 */
export async function discover(
  folder: FileStore,
  options: DiscoverOptions = {},
): Promise<Discovered> {
  const found = await discoverWithDoubts(folder, options);
  refuseUnreadable(found.unreadable);
  const [doubt] = found.ambiguous;
  if (doubt === undefined) return found;
  throw new InputError(
    `${doubt.mask} could be the mask of ${doubt.images.join(" or ")}; rename one of the images`,
  );
}

/**
 * Searches like {@linkcode discover}, but lists masks that match several images, and names that are
 * not UTF-8.
 */
export async function discoverWithDoubts(
  folder: FileStore,
  options: DiscoverOptions = {},
): Promise<Discovered> {
  const { masks: told = null, maskPattern = null, maskClass, within = "", named, usual } = options;
  const annotations = annotationFileOf(told);
  const masks = annotations === undefined ? told : null;
  const images = folder.relative(within);
  const searches = [await findImageFiles(folder, { within: images, ...named && { named } })];
  for (const path of await maskFolders(folder, masks, images)) {
    searches.push(await findImageFiles(folder, { within: path }));
  }
  const files = new Set(searches.flatMap(({ images }) => images));
  const found = findLayout([...files], { images, masks, maskPattern, usual });
  const search = { within: images, named: annotations, maskClass };
  if (annotations === undefined) refuseRivals(found);
  const isSearched = annotations !== undefined || masks === null || found.pairs.length > 0;
  return {
    ...isSearched ? await withAnnotations(folder, found, search) : found,
    leftOut: sumOf(searches.map(({ leftOut }) => leftOut)),
    unreadable: searches.flatMap(({ unreadable }) => unreadable),
  };
}

/** The told folders of masks that lie outside the images' folder. */
async function maskFolders(
  folder: FileStore,
  masks: readonly string[] | null,
  images: string,
): Promise<string[]> {
  const outside: string[] = [];
  for (const { path } of (masks ?? []).map((text) => parseMaskFolder(text, images))) {
    if (path === undefined) continue;
    if (await folder.kindOf(path) !== "folder") {
      throw new InputError(sentence`${setting("masks", path)}: there is no such folder`);
    }
    if (images !== "" && path !== images && !path.startsWith(`${images}/`)) outside.push(path);
  }
  return outside;
}
