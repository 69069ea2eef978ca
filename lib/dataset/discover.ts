/**
 * Finds images and their masks in a data directory.
 *
 * @module
 */
import type { FileStore } from "../store/store.ts";
import { withAnnotations } from "./annotations/discover_annotations.ts";
import { listImages } from "./image_files.ts";
import { pairByName, type Pairing } from "./pairing.ts";

/** Options of the search. */
export interface DiscoverOptions {
  /** The suffix that turns an image's name into its mask's name: "_mask". */
  readonly maskPattern: string;
  /** The folder to search, by default the whole data directory. */
  readonly within?: string;
  /** Folders of masks, or an annotation file. */
  readonly masks?: readonly string[] | null | undefined;
  /** The label of annotations that is the lesion. */
  readonly maskClass?: string | null | undefined;
}

/**
 * Finds the images of a folder and pairs them with their masks.
 *
 * @throws InputError when there is no image, when a mask matches two images, and for an empty
 *   pattern.
 */
export async function discover(
  folder: FileStore,
  { maskPattern, within = "", masks, maskClass }: DiscoverOptions,
): Promise<Pairing> {
  const pairing = pairByName(await listImages(folder, within), maskPattern);
  return await withAnnotations(folder, pairing, { within, masks, maskClass });
}
