/**
 * Makes batches from samples: the order of an epoch, its division, and the arrays for an engine.
 *
 * @module
 */
import { type Batch, type CompactBatch, maskFloats, UNIT_OF_BYTE } from "../core/batch.ts";
import { InputError } from "../core/errors.ts";
import { RandomStream } from "../core/random.ts";
import type { Sample } from "./samples.ts";

/** The fields of a sample that a batch uses. */
export type BatchSample = Pick<Sample, "height" | "width" | "image" | "maskLayers">;

/**
 * Makes a batch of samples of one size. The mask layers of an image are added in float32 and then
 * clamped to 1. An image without layers has an empty mask.
 *
 * @param indices The samples of the batch, in order; at least one.
 */
export function makeBatch(samples: readonly BatchSample[], indices: readonly number[]): Batch {
  const batch = makeCompactBatch(samples, indices);
  return { ...batch, masks: maskFloats(batch.masks) };
}

/**
 * The batch of {@linkcode makeBatch}, its masks as bytes, a quarter of the memory. They stay floats
 * where soft edges of several layers overlap and a sum in float32 is none of a byte's values.
 */
export function makeCompactBatch(
  samples: readonly BatchSample[],
  indices: readonly number[],
): CompactBatch {
  const n = indices.length;
  const { height, width } = samples[indices[0]];
  const area = height * width;
  const images = new Uint8Array(n * area);
  indices.forEach((index, i) => images.set(samples[index].image, i * area));
  const layers = indices.map((index) => samples[index].maskLayers);
  const masks = byteMasks(layers, area) ?? floatMasks(layers, area);
  return { n, height, width, images, masks };
}

/** The masks of images as bytes; `undefined` where bytes cannot hold them to the bit. */
function byteMasks(
  images: readonly (readonly Uint8Array[])[],
  area: number,
): Uint8Array | undefined {
  const masks = new Uint8Array(images.length * area);
  for (const [i, layers] of images.entries()) {
    const mask = masks.subarray(i * area, (i + 1) * area);
    if (layers.length > 0) mask.set(layers[0]);
    if (layers.length < 2) continue;
    for (let pixel = 0; pixel < area; pixel++) {
      let [sum, unit] = [0, 0];
      for (const layer of layers) {
        sum += layer[pixel];
        unit = Math.fround(unit + UNIT_OF_BYTE[layer[pixel]]);
      }
      mask[pixel] = Math.min(sum, 255);
      if (UNIT_OF_BYTE[mask[pixel]] !== Math.min(unit, 1)) return undefined;
    }
  }
  return masks;
}

function floatMasks(images: readonly (readonly Uint8Array[])[], area: number): Float32Array {
  const masks = new Float32Array(images.length * area);
  images.forEach((layers, i) => {
    const mask = masks.subarray(i * area, (i + 1) * area);
    for (const layer of layers) {
      for (let pixel = 0; pixel < area; pixel++) mask[pixel] += UNIT_OF_BYTE[layer[pixel]];
    }
    for (let pixel = 0; pixel < area; pixel++) if (mask[pixel] > 1) mask[pixel] = 1;
  });
  return masks;
}

/**
 * The order of the training samples in an epoch: a permutation of 0 to count - 1 (Fisher-Yates
 * shuffle, all permutations equally likely). It depends only on seed and epoch.
 */
export function epochOrder(count: number, seed: number, epoch: number): Uint32Array {
  return shuffled(count, new RandomStream(seed, "epoch order", epoch));
}

/** A random permutation of 0 to count - 1. */
export function shuffled(count: number, random: RandomStream): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  for (let last = count - 1; last > 0; last--) {
    const chosen = random.integerBelow(last + 1);
    [order[last], order[chosen]] = [order[chosen], order[last]];
  }
  return order;
}

/**
 * Divides an order into batches. The last one may be smaller, as in PyTorch.
 *
 * @throws InputError unless the batch size is a whole number of at least 1.
 */
export function batchesOf(order: ArrayLike<number>, batchSize: number): number[][] {
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw new InputError(`batch size ${batchSize}: expected a whole number of at least 1`);
  }
  const batches: number[][] = [];
  for (let start = 0; start < order.length; start += batchSize) {
    const length = Math.min(batchSize, order.length - start);
    batches.push(Array.from({ length }, (_, i) => order[start + i]));
  }
  return batches;
}
