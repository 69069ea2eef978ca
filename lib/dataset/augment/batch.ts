/** Makes batches of augmented samples. @module */
import type { Batch } from "../../core/batch.ts";
import { type BatchSample, makeBatch } from "../batches.ts";
import { augmented } from "./augment.ts";
import type { DrawKey } from "./draw.ts";
import type { Policy } from "./ingredients.ts";

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

/** The layers of a mask as one, at most 255. */
function merged(layers: readonly Uint8Array[], area: number): Uint8Array {
  if (layers.length === 1) return layers[0];
  const sum = new Uint8ClampedArray(area);
  for (const layer of layers) for (let i = 0; i < area; i++) sum[i] += layer[i];
  return new Uint8Array(sum.buffer);
}
