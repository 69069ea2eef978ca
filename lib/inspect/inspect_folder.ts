/**
 * Examines a folder of images and masks. Unlike training it continues after unusable files.
 *
 * @module
 */
import { withAnnotations } from "../dataset/annotations/discover_annotations.ts";
import { type GivenMaskRules, MaskJudge, maskRules } from "../dataset/masks.ts";
import { type Pair, type PairingWithDoubts, pairWithDoubts } from "../dataset/pairing.ts";
import { listImages } from "../dataset/image_files.ts";
import { hasImage, load } from "../dataset/load.ts";
import type { FileStore } from "../store/store.ts";
import { Examiner } from "./examiner.ts";
import type { Inspection } from "./inspection.ts";

/** The options of {@linkcode inspectFolder}. */
export interface InspectOptions extends GivenMaskRules {
  /** The folder to examine, by default the whole data directory. */
  readonly within?: string;
  readonly maskPattern: string;
  readonly missingMasks: "error" | "empty";
  /** Called once the folder is listed, with the number of images. */
  readonly onFound?: (pairing: PairingWithDoubts, total: number) => void;
  /** Called after each image with the number of examined images and of all images. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Examines all images of a folder.
 *
 * @throws InputError when the folder cannot be read or holds no image; the signal's reason after an
 *   abort.
 */
export async function inspectFolder(
  data: FileStore,
  { within = "", maskPattern, missingMasks, onFound, onProgress, signal, ...given }: InspectOptions,
): Promise<Inspection> {
  const folder = data.relative(within);
  const judge = new MaskJudge(maskRules(given));
  const { maskClass } = judge.rules;
  const named = pairWithDoubts(await listImages(data, folder), maskPattern);
  const pairing = await withAnnotations(data, named, { within: folder, maskClass });
  const alone = [
    ...pairing.unmasked,
    ...new Set(pairing.ambiguous.flatMap(({ images }) => images)),
  ];
  const pairs: Pair[] = [...pairing.pairs, ...alone.map((image) => ({ image, masks: [] }))];
  const orphans = pairing.orphans.map((image) => ({ image, masks: [] }));
  onFound?.(pairing, pairs.length);
  const examiner = new Examiner();
  const options = { ...(signal && { signal }), judge, annotations: pairing.annotations };
  let done = 0;
  for await (const loaded of load(data, [...pairs, ...orphans], options)) {
    for (const { kind, path, error } of loaded.refused) {
      examiner.refused(kind, path, error.message);
    }
    // For a mask without an image the only check is whether it can be read.
    if (done === pairs.length) continue;
    if (hasImage(loaded)) await examiner.see(loaded);
    onProgress?.(++done, pairs.length);
  }
  judge.checkClass();
  return examiner.inspection({ folder, maskPattern, pairing, missingMasks });
}
