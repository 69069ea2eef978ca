/**
 * Finds images and their masks in a data directory.
 *
 * @module
 */
import type { FileStore } from "../store/store.ts";
import { findImageFiles, type ImageSearch, refuseUnreadable } from "./image_files.ts";
import type { LeftOut } from "./left_out.ts";
import { pairByName, type Pairing } from "./pairing.ts";

/** Options of the search. */
export interface DiscoverOptions extends ImageSearch {
  /** The suffix that turns an image's name into its mask's name: "_mask". */
  readonly maskPattern: string;
}

/** The images of a folder, and what the search left out. */
export interface Discovered extends Pairing {
  readonly leftOut: LeftOut;
}

/**
 * Finds the images of a folder and pairs them with their masks.
 *
 * @throws InputError when there is no image, when a name is not UTF-8, when a mask matches two
 *   images, and for an empty pattern.
 */
export async function discover(
  folder: FileStore,
  { maskPattern, ...search }: DiscoverOptions,
): Promise<Discovered> {
  const { images, unreadable, leftOut } = await findImageFiles(folder, search);
  refuseUnreadable(unreadable);
  return { ...pairByName(images, maskPattern), leftOut };
}
