/**
 * The batches of a run: each epoch's order of the images, cut into batches.
 *
 * @module
 */
import { makeAugmentedBatch } from "../dataset/augment/batch.ts";
import { parsePolicy } from "../dataset/augment/policy.ts";
import { batchesOf, makeBatch } from "../dataset/batches.ts";
import { imagesPerEpoch, orderOfEpoch } from "../dataset/lesion_free_share.ts";
import type { SampleSet } from "../dataset/samples.ts";
import type { TrainingConfig } from "./config.ts";
import type { BatchSource } from "./loop.ts";

/**
 * Cuts samples into batches. The training images have a new order each epoch; the validation images
 * keep theirs.
 */
export function batchSource(
  train: SampleSet,
  validation: SampleSet,
  config: TrainingConfig,
): BatchSource {
  const { batch, seed, lesionFreeShare } = config;
  const policy = parsePolicy(config.augment);
  const isAugmented = Object.keys(policy).length > 0;
  const countUp = (count: number) => Array.from({ length: count }, (_, index) => index);
  const valBatches = batchesOf(countUp(validation.samples.length), batch);
  let current: { epoch: number; batches: number[][] } | undefined;
  const batchesOfEpoch = (epoch: number): number[][] => {
    if (current?.epoch !== epoch) {
      const order = orderOfEpoch(train.samples, lesionFreeShare, seed, epoch);
      current = { epoch, batches: batchesOf(order, batch) };
    }
    return current.batches;
  };
  const trainImages = imagesPerEpoch(train.samples, lesionFreeShare);
  return {
    trainImages,
    trainBatches: Math.ceil(trainImages / batch),
    valImages: validation.samples.length,
    valBatches: valBatches.length,
    trainBatch(epoch, index) {
      const indices = batchesOfEpoch(epoch)[index];
      if (!isAugmented) return makeBatch(train.samples, indices);
      return makeAugmentedBatch(train.samples, indices, policy, { seed, epoch });
    },
    valBatch: (index) => makeBatch(validation.samples, valBatches[index]),
  };
}
