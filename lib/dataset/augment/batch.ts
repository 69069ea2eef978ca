/** Makes batches of augmented samples. @module */
import type { Batch, RawBatch } from "../../core/batch.ts";
import { type BatchSample, makeBatch } from "../batches.ts";
import { augmented } from "./augment.ts";
import { drawImage, type DrawKey, elasticCells } from "./draw.ts";
import type { Policy } from "./ingredients.ts";
import { changeRecord, recordLength } from "./record.ts";

/**
 * Makes a batch of samples of one size, each changed by the policy.
 *
 * @param indices The samples of the batch, in order; at least one. They are the keys of the draws.
 */
export function makeAugmentedBatch(
  samples: readonly BatchSample[],
  indices: readonly number[],
  policy: Policy,
  key: Omit<DrawKey, "index">,
): Batch {
  const changed = indices.map((index): BatchSample => {
    const { width, height, image, maskLayers } = samples[index];
    const mask = merged(maskLayers, width * height);
    const pixels = augmented({ width, height, image, mask }, policy, { ...key, index });
    return { width, height, image: pixels.image, maskLayers: [pixels.mask] };
  });
  return makeBatch(changed, changed.map((_, i) => i));
}

/**
 * Makes a batch of samples of one size, with the changes that {@linkcode makeAugmentedBatch} would
 * make; a device makes them.
 */
export function makeRawBatch(
  samples: readonly BatchSample[],
  indices: readonly number[],
  policy: Policy,
  key: Omit<DrawKey, "index">,
): RawBatch {
  const n = indices.length;
  const { width, height } = samples[indices[0]];
  const area = width * height;
  const shape = { width, height, cells: elasticCells(policy) };
  const images = new Uint8Array(n * area);
  const masks = new Uint8Array(n * area);
  const changes = new Int32Array(n * recordLength(shape));
  indices.forEach((index, i) => {
    const { image, maskLayers } = samples[index];
    const draw = drawImage(policy, { ...key, index }, width, height);
    images.set(image, i * area);
    masks.set(merged(maskLayers, area), i * area);
    changes.set(changeRecord(draw, { ...key, index }, shape), i * recordLength(shape));
  });
  return { n, height, width, images, masks, changes };
}

/** The layers of a mask as one, at most 255. */
function merged(layers: readonly Uint8Array[], area: number): Uint8Array {
  if (layers.length === 1) return layers[0];
  const sum = new Uint8ClampedArray(area);
  for (const layer of layers) for (let i = 0; i < area; i++) sum[i] += layer[i];
  return new Uint8Array(sum.buffer);
}
