/**
 * The cases of a study: every image with a lesion, with its true mask at the size of measurement,
 * and the folds. The folds are those of `train --folds`: near duplicates stay together.
 *
 * @module
 */
import { Depth } from "../../lib/dataset/depth.ts";
import { isWhole, load } from "../../lib/dataset/load.ts";
import type { Pair } from "../../lib/dataset/pairing.ts";
import { findImages, splitImages } from "../../lib/dataset/selection.ts";
import type { Split } from "../../lib/dataset/split.ts";
import { truthOf } from "../../lib/evaluate/truth.ts";
import type { GreyImage } from "../../lib/image/image.ts";
import { Examiner } from "../../lib/inspect/examiner.ts";
import type { FileStore } from "../../lib/store/store.ts";
import { DEFAULT_CONFIG } from "../../lib/train/config.ts";

/** Side of the square at which probabilities and true masks are compared, px. */
export const SIDE = 256;

/** The number of folds. */
export const FOLDS = 5;

/** An image with a lesion. */
export interface Case {
  readonly pair: Pair;
  readonly grey: GreyImage;
  /** 255 in the lesion, `[SIDE, SIDE]`. */
  readonly truth: Uint8Array;
}

/** All cases by the path of their image, and the split of each fold. */
export interface Study {
  readonly cases: ReadonlyMap<string, Case>;
  readonly folds: readonly Split[];
}

/** Reads the images of a folder. Those without a lesion are left out. */
export async function readStudy(data: FileStore): Promise<Study> {
  const { pairs } = await findImages(data, DEFAULT_CONFIG);
  const examiner = new Examiner();
  const cases = new Map<string, Case>();
  for await (const loaded of load(data, pairs, { depth: Depth.ofModel(undefined) })) {
    if (!isWhole(loaded)) throw loaded.refused[0].error;
    const { truth } = truthOf(loaded, { width: SIDE, height: SIDE });
    if (!truth.pixels.includes(255)) continue;
    await examiner.see(loaded);
    const { pair, image: { grey } } = loaded;
    cases.set(pair.image, { pair, grey, truth: truth.pixels });
  }
  const chosen = [...cases.values()].map(({ pair }) => pair);
  const folds: Split[] = [];
  for (let fold = 1; fold <= FOLDS; fold++) {
    const config = { ...DEFAULT_CONFIG, folds: FOLDS, fold };
    folds.push((await splitImages(data, config, chosen, examiner.nearDuplicates())).split);
  }
  return { cases, folds };
}
