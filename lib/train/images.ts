/**
 * The images of a run: which there are, which train and which test, and their batches.
 *
 * @module
 */
import { batchesOf, epochOrder, makeBatch, shuffled } from "../data/batches.ts";
import { checkPairing, discover, type Pair, type Pairing } from "../data/discover.ts";
import type { DataFolder } from "../data/folder.ts";
import type { Dataset } from "../data/samples.ts";
import { type Split, splitAtRandom, splitFromJson } from "../data/split.ts";
import { RandomStream } from "../random.ts";
import type { TrainingConfig } from "./config.ts";
import type { BatchSource } from "./loop.ts";

/** What was found and how it is used. */
export interface RunImages {
  readonly found: Pairing;
  readonly split: Split;
}

/**
 * Finds, checks, limits and splits the images of a run. `savedSplit`, the text of a run's split.json,
 * decides over training and testing where it is given; `name` is what to call it in a message.
 * Throws {@linkcode InputError} for everything that is wrong with the folder.
 */
export async function findImages(
  data: DataFolder,
  config: TrainingConfig,
  savedSplit?: { readonly text: string; readonly name: string },
): Promise<RunImages> {
  const { images, maskPattern, missingMasks, limit, seed, trainFraction } = config;
  const within = data.relative(images);
  const found = await discover(data, { maskPattern, within });
  const pairs = limited(checkPairing(found, { missingMasks }), limit, seed);
  const split = savedSplit === undefined
    ? splitAtRandom(pairs, { trainFraction, seed })
    : splitFromJson(savedSplit.text, pairs, savedSplit.name);
  return { found, split };
}

/** At most `limit` pairs, chosen at random so that each kind of image keeps its share; sorted as before. */
export function limited(pairs: readonly Pair[], limit: number | null, seed: number): Pair[] {
  if (limit === null || limit >= pairs.length) return [...pairs];
  const order = shuffled(pairs.length, new RandomStream(seed, "limit"));
  const chosen = new Set(order.subarray(0, limit));
  return pairs.filter((_, index) => chosen.has(index));
}

/** Batches from samples: the training images in a new order each epoch, the test images in theirs. */
export function batchSource(train: Dataset, test: Dataset, config: TrainingConfig): BatchSource {
  const { batch, seed } = config;
  const countUp = (count: number) => Array.from({ length: count }, (_, index) => index);
  const testBatches = batchesOf(countUp(test.samples.length), batch);
  let current: { epoch: number; batches: number[][] } | undefined;
  const batchesOfEpoch = (epoch: number): number[][] => {
    if (current?.epoch !== epoch) {
      current = { epoch, batches: batchesOf(epochOrder(train.samples.length, seed, epoch), batch) };
    }
    return current.batches;
  };
  return {
    trainImages: train.samples.length,
    trainBatches: Math.ceil(train.samples.length / batch),
    testImages: test.samples.length,
    testBatches: testBatches.length,
    trainBatch: (epoch, index) => makeBatch(train.samples, batchesOfEpoch(epoch)[index]),
    testBatch: (index) => makeBatch(test.samples, testBatches[index]),
  };
}
