/**
 * Examines a folder of images and masks. Unlike training it continues after unusable files.
 *
 * @module
 */
import { atCommonDepth } from "../dataset/depth.ts";
import { type DiscoverOptions, discoverWithDoubts } from "../dataset/discover.ts";
import type { FoundLayout } from "../dataset/layouts/find_layout.ts";
import type { LeftOut } from "../dataset/left_out.ts";
import { type GivenMaskRules, MaskJudge, maskRules } from "../dataset/masks.ts";
import type { Pair } from "../dataset/pairing.ts";
import { hasImage, load, type LoadedPair } from "../dataset/load.ts";
import { withoutUnmaskedFolders } from "../dataset/unmasked_folders.ts";
import type { FileStore } from "../store/store.ts";
import { unreadableName } from "../store/walk.ts";
import { Examiner } from "./examiner.ts";
import type { Inspection } from "./inspection.ts";

/** The options of {@linkcode inspectFolder}. */
export interface InspectOptions extends Omit<DiscoverOptions, "usual">, GivenMaskRules {
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
  const rules = maskRules(options);
  const { leftOut, unreadable, ...all } = await discoverWithDoubts(data, options);
  const { pairing, folders } = withoutUnmaskedFolders(all, folder, missingMasks);
  const alone = [
    ...pairing.unmasked,
    ...new Set(pairing.ambiguous.flatMap(({ images }) => images)),
  ];
  const pairs: Pair[] = [...pairing.pairs, ...alone.map((image) => ({ image, masks: [] }))];
  const orphans = [...pairing.orphans, ...pairing.lookalikes]
    .map((image) => ({ image, masks: [] }));
  onFound?.(pairing, pairs.length, { ...leftOut, unmasked: folders });
  const stops = signal && { signal };
  const examiner = await atCommonDepth(async (depth) => {
    const examiner = new Examiner();
    const judge = new MaskJudge(rules);
    for (const name of unreadable) examiner.refused("unreadable", name, unreadableName(name));
    let done = 0;
    const { annotations } = pairing;
    const options = { depth, judge, annotations, ...stops, maskless: "lesion-free" } as const;
    for await (const loaded of load(data, pairs, options)) {
      noteRefused(examiner, loaded);
      if (hasImage(loaded)) await examiner.see(loaded);
      onProgress?.(++done, pairs.length);
    }
    judge.checkClass();
    return examiner;
  });
  // For a mask without an image the only check is whether it can be read.
  for await (const loaded of load(data, orphans, { ...stops })) noteRefused(examiner, loaded);
  return examiner.inspection({ folder, pairing, missingMasks });
}

function noteRefused(examiner: Examiner, { refused }: LoadedPair): void {
  for (const { kind, path, error } of refused) examiner.refused(kind, path, error.sentence);
}
