/**
 * Examines a folder of images and masks. Unlike training it continues after unusable files.
 *
 * @module
 */
import { type Pair, type PairingWithDoubts, pairWithDoubts } from "../dataset/pairing.ts";
import { findImageFiles } from "../dataset/image_files.ts";
import type { LeftOut } from "../dataset/left_out.ts";
import { withoutUnmaskedFolders } from "../dataset/unmasked_folders.ts";
import { hasImage, load } from "../dataset/load.ts";
import type { FileStore } from "../store/store.ts";
import { unreadableName } from "../store/walk.ts";
import { Examiner } from "./examiner.ts";
import type { Inspection } from "./inspection.ts";

/** The options of {@linkcode inspectFolder}. */
export interface InspectOptions {
  /** The folder to examine, by default the whole data directory. */
  readonly within?: string;
  readonly maskPattern: string;
  readonly missingMasks: "error" | "empty";
  /** Called once the folder is listed, with the number of images and what was left out. */
  readonly onFound?: (pairing: PairingWithDoubts, total: number, leftOut: LeftOut) => void;
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
  { within = "", maskPattern, missingMasks, onFound, onProgress, signal }: InspectOptions,
): Promise<Inspection> {
  const folder = data.relative(within);
  const { images, unreadable, leftOut } = await findImageFiles(data, { within: folder });
  const all = pairWithDoubts(images, maskPattern);
  const { pairing, folders: unmasked } = missingMasks === "empty"
    ? { pairing: all, folders: [] }
    : withoutUnmaskedFolders(all, folder);
  const alone = [
    ...pairing.unmasked,
    ...new Set(pairing.ambiguous.flatMap(({ images }) => images)),
  ];
  const pairs: Pair[] = [...pairing.pairs, ...alone.map((image) => ({ image, masks: [] }))];
  const orphans = pairing.orphans.map((image) => ({ image, masks: [] }));
  onFound?.(pairing, pairs.length, { ...leftOut, unmasked });
  const examiner = new Examiner();
  for (const name of unreadable) examiner.refused("unreadable", name, unreadableName(name));
  let done = 0;
  for await (const loaded of load(data, [...pairs, ...orphans], { ...(signal && { signal }) })) {
    for (const { kind, path, error } of loaded.refused) {
      examiner.refused(kind, path, error.message);
    }
    // For a mask without an image the only check is whether it can be read.
    if (done === pairs.length) continue;
    if (hasImage(loaded)) await examiner.see(loaded);
    onProgress?.(++done, pairs.length);
  }
  return examiner.inspection({ folder, maskPattern, pairing, missingMasks });
}
