/**
 * Examines a folder of images and masks. Unlike training it goes on past whatever is wrong with a file.
 *
 * @module
 */
import { greyOf } from "../image/codecs/decode.ts";
import { listImages, type Pair, pairWithDoubts } from "../dataset/discover.ts";
import type { DataFolder } from "../store/folder.ts";
import type { DecodedImage, GreyImage } from "../image/image.ts";
import { ImageReader } from "../dataset/image_reader.ts";
import { judgeMask } from "../dataset/masks.ts";
import { InputError } from "../core/errors.ts";
import { Examiner } from "./examiner.ts";
import type { Inspection } from "./inspection.ts";

/** What to examine. */
export interface InspectOptions {
  /** The folder, by default the whole data directory. */
  readonly within?: string;
  readonly maskPattern: string;
  readonly missingMasks: "error" | "empty";
  /** Called after each image with the number of images done and of all. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Examines all images of a folder.
 *
 * @throws InputError when the folder cannot be read or holds no image; the signal's reason when it is aborted.
 */
export async function inspectFolder(
  data: DataFolder,
  { within = "", maskPattern, missingMasks, onProgress, signal }: InspectOptions,
): Promise<Inspection> {
  const folder = data.relative(within);
  const pairing = pairWithDoubts(await listImages(data, folder), maskPattern);
  const alone = [
    ...pairing.unmasked,
    ...new Set(pairing.ambiguous.flatMap(({ images }) => images)),
  ];
  const pairs: Pair[] = [...pairing.pairs, ...alone.map((image) => ({ image, masks: [] }))];
  const examiner = new Examiner();
  const paths = [...pairs.flatMap(({ image, masks }) => [image, ...masks]), ...pairing.orphans];
  using files = new ImageReader(data, paths);
  const read = async (path: string): Promise<{ decoded: DecodedImage; grey: GreyImage } | void> => {
    signal?.throwIfAborted();
    return await orNote(examiner, "unreadable", path, async () => {
      const decoded = await files.read(path);
      return { decoded, grey: greyOf(decoded) };
    });
  };
  for (const [i, pair] of pairs.entries()) {
    const image = await read(pair.image);
    const masks = [];
    for (const path of pair.masks) {
      const mask = await read(path);
      const judged = mask && await orNote(
        examiner,
        "mask_unusable",
        path,
        () => judgeMask(mask.decoded, mask.grey, path),
      );
      if (judged) masks.push({ path, judged });
    }
    if (image) await examiner.see({ pair, ...image, masks });
    onProgress?.(i + 1, pairs.length);
  }
  for (const orphan of pairing.orphans) await read(orphan);
  return examiner.inspection({ folder, maskPattern, pairing, missingMasks });
}

/** What the call gives; notes a file that it refuses. */
async function orNote<Result>(
  examiner: Examiner,
  kind: "unreadable" | "mask_unusable",
  file: string,
  call: () => Result | Promise<Result>,
): Promise<Result | void> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    examiner.refused(kind, file, error.message);
  }
}
