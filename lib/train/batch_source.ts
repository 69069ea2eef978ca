/**
 * The batches of a run: each epoch's order of the images, cut into batches.
 *
 * @module
 */
import { BatchMaker, type BatchRequest } from "../dataset/augment/batch_maker.ts";
import { parsePolicy } from "../dataset/augment/policy.ts";
import { makeRawBatch } from "../dataset/augment/raw_batch.ts";
import { batchesOf, makeCompactBatch } from "../dataset/batches.ts";
import { imagesPerEpoch, orderOfEpoch } from "../dataset/lesion_free_share.ts";
import type { SampleSet } from "../dataset/samples.ts";
import type { TrainingConfig } from "./config.ts";
import type { BatchSource } from "./loop.ts";

/** How batches are made; without effect on them. */
export interface BatchSourceOptions {
  /** The threads that a run may use. With more than one, augmented batches are made ahead. */
  readonly threads?: number;
  /** Whether the engine changes the training images: they stay raw then. */
  readonly isDeviceAugmenting?: boolean;
}

/**
 * Cuts samples into batches. The training images have a new order each epoch; the validation images
 * keep theirs. Disposal ends the thread that makes batches ahead.
 */
export function batchSource(
  train: SampleSet,
  validation: SampleSet,
  config: TrainingConfig,
  { threads = 1, isDeviceAugmenting = false }: BatchSourceOptions = {},
): BatchSource & Disposable {
  const { batch, seed, epochs, lesionFreeShare } = config;
  const { samples } = train;
  const policy = parsePolicy(config.augment);
  const isAugmented = Object.keys(policy).length > 0;
  const maker = new BatchMaker(isAugmented && !isDeviceAugmenting && threads > 1);
  const trainImages = imagesPerEpoch(samples, lesionFreeShare);
  const trainBatches = Math.ceil(trainImages / batch);
  const countUp = (count: number) => Array.from({ length: count }, (_, index) => index);
  const valBatches = batchesOf(countUp(validation.samples.length), batch);
  let current: { epoch: number; batches: number[][] } | undefined;
  const batchesOfEpoch = (epoch: number): number[][] => {
    if (current?.epoch !== epoch) {
      const order = orderOfEpoch(samples, lesionFreeShare, seed, epoch);
      current = { epoch, batches: batchesOf(order, batch) };
    }
    return current.batches;
  };
  const request = (epoch: number, index: number): BatchRequest => ({
    name: `${epoch} ${index}`,
    epoch: { samples, policy, seed, epoch },
    indices: batchesOfEpoch(epoch)[index],
  });
  const requestAfter = (epoch: number, index: number): BatchRequest | undefined => {
    if (index + 1 < trainBatches) return request(epoch, index + 1);
    return epoch + 1 < epochs ? request(epoch + 1, 0) : undefined;
  };
  return {
    trainImages,
    trainBatches,
    valImages: validation.samples.length,
    valBatches: valBatches.length,
    async trainBatch(epoch, index) {
      if (!isAugmented) return makeCompactBatch(samples, batchesOfEpoch(epoch)[index]);
      const wanted = request(epoch, index);
      if (isDeviceAugmenting) return makeRawBatch(wanted.epoch, wanted.indices);
      return await maker.take(wanted, requestAfter(epoch, index));
    },
    valBatch: (index) => makeCompactBatch(validation.samples, valBatches[index]),
    [Symbol.dispose]: () => maker[Symbol.dispose](),
  };
}
