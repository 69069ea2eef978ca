/**
 * The batches of a run: each epoch's order of the images, cut into batches.
 *
 * @module
 */
import { makeAugmentedBatch, makeRawBatch } from "../dataset/augment/batch.ts";
import { parsePolicy } from "../dataset/augment/policy.ts";
import { batchesOf, epochOrder, makeBatch } from "../dataset/batches.ts";
import type { SampleSet } from "../dataset/samples.ts";
import type { TrainingConfig } from "./config.ts";
import type { BatchSource } from "./loop.ts";

/**
 * Cuts samples into batches. The training images have a new order each epoch; the validation images
 * keep theirs.
 *
 * @param isDeviceAugmenting Whether the engine changes the training images: they stay raw then.
 */
export function batchSource(
  train: SampleSet,
  validation: SampleSet,
  config: TrainingConfig,
  isDeviceAugmenting = false,
): BatchSource {
  const { batch, seed } = config;
  const policy = parsePolicy(config.augment);
  const isAugmented = Object.keys(policy).length > 0;
  const countUp = (count: number) => Array.from({ length: count }, (_, index) => index);
  const valBatches = batchesOf(countUp(validation.samples.length), batch);
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
    valImages: validation.samples.length,
    valBatches: valBatches.length,
    trainBatch(epoch, index) {
      const indices = batchesOfEpoch(epoch)[index];
      if (!isAugmented) return makeBatch(train.samples, indices);
      const make = isDeviceAugmenting ? makeRawBatch : makeAugmentedBatch;
      return make(train.samples, indices, policy, { seed, epoch });
    },
    valBatch: (index) => makeBatch(validation.samples, valBatches[index]),
  };
}
