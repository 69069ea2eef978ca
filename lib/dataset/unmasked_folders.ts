/**
 * Finds folders of images that have no mask at all, beside folders that have masks: images that
 * arrived later, or a class whose masks are missing. A run leaves them out and says so.
 *
 * @module
 */
import { folderName } from "../core/paths.ts";
import type { UnmaskedFolder } from "./left_out.ts";
import type { Pairing } from "./pairing.ts";

/** A pairing without the folders that have no mask. */
export interface WithoutUnmasked<Found extends Pairing> {
  readonly pairing: Found;
  /** The highest such folders, sorted. */
  readonly folders: readonly UnmaskedFolder[];
}

/**
 * Takes folders without any mask, and without a file that looks like one, out of a pairing. A
 * folder goes only with all folders below it, and never the searched folder `within` itself. When
 * no image has a mask, or missing masks count as empty, nothing is taken out.
 */
export function withoutUnmaskedFolders<Found extends Pairing>(
  pairing: Found,
  within: string,
  missingMasks: "error" | "empty",
): WithoutUnmasked<Found> {
  const { pairs, unmasked, orphans, lookalikes = [] } = pairing;
  if (pairs.length === 0 || missingMasks === "empty") return { pairing, folders: [] };
  const withMasks = new Set([within, ""]);
  const marked = [
    ...pairs.flatMap(({ image, masks }) => [image, ...masks]),
    ...orphans,
    ...lookalikes,
  ];
  for (const path of marked) {
    for (let folder = folderName(path); !withMasks.has(folder); folder = folderName(folder)) {
      withMasks.add(folder);
    }
  }
  const counts = new Map<string, number>();
  const left = unmasked.filter((image) => {
    let top: string | undefined;
    for (let folder = folderName(image); !withMasks.has(folder); folder = folderName(folder)) {
      top = folder;
    }
    if (top === undefined) return true;
    counts.set(top, (counts.get(top) ?? 0) + 1);
    return false;
  });
  const folders = [...counts].map(([folder, images]) => ({ folder, images }));
  return {
    pairing: { ...pairing, unmasked: left },
    folders: folders.sort((a, b) => a.folder < b.folder ? -1 : 1),
  };
}
