/**
 * Examines a folder of images and masks. Unlike training it continues after unusable files.
 *
 * @module
 */
import { atCommonDepth } from "../dataset/depth.ts";
import { type DiscoverOptions, discoverWithDoubts } from "../dataset/discover.ts";
import type { FoundLayout } from "../dataset/layouts/find_layout.ts";
import type { LeftOut } from "../dataset/left_out.ts";
import type { Pair } from "../dataset/pairing.ts";
import { withoutUnmaskedFolders } from "../dataset/unmasked_folders.ts";
import { hasImage, load } from "../dataset/load.ts";
import type { FileStore } from "../store/store.ts";
import { unreadableName } from "../store/walk.ts";
import { Examiner } from "./examiner.ts";
import type { Inspection } from "./inspection.ts";

/** The options of {@linkcode inspectFolder}. */
export interface InspectOptions extends Omit<DiscoverOptions, "usual"> {
  readonly missingMasks: "error" | "empty";
  /** Called once the folder is listed, with the number of images and what was left out. */
  readonly onFound?: (pairing: FoundLayout, total: number, leftOut: LeftOut) => void;
  /** Called after each image with the number of examined images and of all images. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Examines all images of a folder. Folders without any mask beside folders with masks are left out,
 * as in training.
 *
 * @throws InputError when the folder cannot be read or holds no image; the signal's reason after an
 *   abort.
 */
export async function inspectFolder(
  data: FileStore,
  { missingMasks, onFound, onProgress, signal, ...options }: InspectOptions,
): Promise<Inspection> {
  const folder = data.relative(options.within ?? "");
  const { leftOut, unreadable, ...all } = await discoverWithDoubts(data, options);
  const { pairing, folders: unmasked } = missingMasks === "empty"
    ? { pairing: all, folders: [] }
    : withoutUnmaskedFolders(all, folder);
  const alone = [
    ...pairing.unmasked,
    ...new Set(pairing.ambiguous.flatMap(({ images }) => images)),
  ];
  const pairs: Pair[] = [...pairing.pairs, ...alone.map((image) => ({ image, masks: [] }))];
  const orphans = [...pairing.orphans, ...pairing.lookalikes]
    .map((image) => ({ image, masks: [] }));
  onFound?.(pairing, pairs.length, { ...leftOut, unmasked });
  return await atCommonDepth(async (depth) => {
    const examiner = new Examiner();
    for (const name of unreadable) examiner.refused("unreadable", name, unreadableName(name));
    let done = 0;
    const options = { depth, ...(signal && { signal }), maskless: "lesion-free" } as const;
    for await (const loaded of load(data, [...pairs, ...orphans], options)) {
      const isOrphan = done === pairs.length;
      for (const { kind, path, error } of loaded.refused) {
        // That a mask without an image looks like a mask is known.
        if (!isOrphan || kind !== "lookalike") examiner.refused(kind, path, error.message);
      }
      // For a mask without an image the only check is whether it can be read.
      if (isOrphan) continue;
      if (hasImage(loaded)) await examiner.see(loaded);
      onProgress?.(++done, pairs.length);
    }
    return examiner.inspection({ folder, pairing, missingMasks });
  });
}
