/**
 * Finds images and their masks in a data directory.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { sentence, setting } from "../core/sentence.ts";
import type { FileStore } from "../store/store.ts";
import { annotationFileOf, withAnnotations } from "./annotations/discover_annotations.ts";
import { listImages } from "./image_files.ts";
import { findLayout, type FoundLayout } from "./layouts/find_layout.ts";
import type { Layout } from "./layouts/layout.ts";
import { parseMaskFolder } from "./layouts/mask_folders.ts";
import { refuseRivals } from "./layouts/refusals.ts";

/** Options of the search. */
export interface DiscoverOptions {
  /** The folders of masks, or an annotation file; found by the names of folders if absent. */
  readonly masks?: readonly string[] | null | undefined;
  /** The names of masks; found by the names of files if absent. */
  readonly maskPattern?: readonly string[] | null | undefined;
  /** The folder to search, by default the whole data directory. */
  readonly within?: string;
  /** The label of annotations that is the lesion. */
  readonly maskClass?: string | null | undefined;
  /** The layout that is tried first if none is told; by default BUSI's. */
  readonly usual?: Layout | undefined;
}

/**
 * Finds the images of a folder and pairs them with their masks.
 *
 * @throws InputError when there is no image, when a mask matches two images, when two layouts fit
 *   equally well, and for rules that cannot be used.
 */
export async function discover(
  folder: FileStore,
  options: DiscoverOptions = {},
): Promise<FoundLayout> {
  const found = await discoverWithDoubts(folder, options);
  const [doubt] = found.ambiguous;
  if (doubt === undefined) return found;
  throw new InputError(
    `${doubt.mask} could be the mask of ${doubt.images.join(" or ")}; rename one of the images`,
  );
}

/** Searches like {@linkcode discover}, but lists masks that match several images. */
export async function discoverWithDoubts(
  folder: FileStore,
  { masks: told = null, maskPattern = null, maskClass, within = "", usual }: DiscoverOptions = {},
): Promise<FoundLayout> {
  const annotations = annotationFileOf(told);
  const masks = annotations === undefined ? told : null;
  const images = folder.relative(within);
  const files = new Set(await listImages(folder, images));
  for (const path of await maskFolders(folder, masks, images)) {
    for (const file of await listImages(folder, path)) files.add(file);
  }
  const found = findLayout([...files], { images, masks, maskPattern, usual });
  const search = { within: images, named: annotations, maskClass };
  if (annotations !== undefined) return await withAnnotations(folder, found, search);
  refuseRivals(found);
  return masks === null ? await withAnnotations(folder, found, search) : found;
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
