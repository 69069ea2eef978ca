/** Makes batches of augmented samples. @module */
import type { Batch } from "../../core/batch.ts";
import { type AugmentedEpoch, callAugmented } from "./augment.ts";
import { KernelCalls } from "./kernel_calls.ts";

/**
 * Adds the making of a batch to the calls, which hold nothing else. Once they have run, the
 * returned function reads the batch.
 *
 * @param indices The samples of the batch, in order; at least one. They are the keys of the draws.
 */
export function callBatch(
  calls: KernelCalls,
  epoch: AugmentedEpoch,
  indices: readonly number[],
): () => Batch {
  calls.clear();
  const n = indices.length;
  const { width, height } = epoch.samples[indices[0]];
  const area = width * height;
  const images = calls.room(n * area);
  const masks = calls.room(4 * n * area);
  indices.forEach((index, i) => {
    callAugmented(calls, epoch, index, { image: images + i * area, mask: masks + 4 * i * area });
  });
  return () => ({
    n,
    height,
    width,
    images: calls.bytes(images, n * area),
    masks: calls.floats(masks, n * area),
  });
}

/** Makes a batch of augmented samples on this thread. */
export function makeAugmentedBatch(epoch: AugmentedEpoch, indices: readonly number[]): Batch {
  const calls = new KernelCalls();
  const read = callBatch(calls, epoch, indices);
  calls.run();
  return read();
}
