/** Makes batches whose images a device changes. @module */
import type { RawBatch } from "../../core/batch.ts";
import { type AugmentedEpoch, mergedMask } from "./augment.ts";
import { drawImage, elasticCells } from "./draw.ts";
import { changeRecord, recordLength } from "./record.ts";

/**
 * Makes a batch of samples as they are, with the changes that makeAugmentedBatch (batch.ts) would
 * make. The policy mixes no images.
 *
 * @param indices The samples of the batch, in order; at least one. They are the keys of the draws.
 */
export function makeRawBatch(
  { samples, policy, seed, epoch }: AugmentedEpoch,
  indices: readonly number[],
): RawBatch {
  const n = indices.length;
  const { width, height } = samples[indices[0]];
  const area = width * height;
  const shape = { width, height, cells: elasticCells(policy) };
  const images = new Uint8Array(n * area);
  const masks = new Uint8Array(n * area);
  const changes = new Int32Array(n * recordLength(shape));
  indices.forEach((index, i) => {
    const key = { seed, epoch, index };
    const draw = drawImage(policy, key, width, height);
    images.set(samples[index].image, i * area);
    masks.set(mergedMask(samples[index].maskLayers, area), i * area);
    changes.set(changeRecord(draw, key, shape), i * recordLength(shape));
  });
  return { n, height, width, images, masks, changes };
}
