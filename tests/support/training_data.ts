/**
 * The recorded short training: its data as batches, its networks and its error bounds.
 *
 * @module
 */
import type { Batch, OverlapCounts } from "../../lib/core/batch.ts";
import { elementCount, type Tensor, type Tensors } from "../../lib/core/tensor.ts";

/** A run of the training, epoch by epoch. */
export interface RecordedRun {
  readonly train_batch_mean: readonly number[];
  readonly test_batch_mean: readonly number[];
  readonly batch_losses: readonly (readonly number[])[];
  readonly test_overlap: { readonly dice_mean: number; readonly iou_mean: number };
}

/** train.json. */
export interface RecordedTraining {
  readonly base: number;
  readonly bilinear: boolean;
  readonly size: number;
  readonly epochs: number;
  readonly lr: number;
  readonly plan: {
    readonly files: readonly string[];
    readonly test: readonly number[];
    readonly epochs: readonly (readonly (readonly number[])[])[];
    readonly test_batches: readonly (readonly number[])[];
  };
  readonly runs: { readonly float32: RecordedRun };
  /** The distances of other, equally correct runs of the training from the float32 run. */
  readonly gap_to_float32: Readonly<
    Record<string, {
      readonly train_batch_mean: readonly number[];
      readonly test_batch_mean: readonly number[];
      readonly first_epoch_batch_losses: readonly number[];
      readonly test_dice_mean: number;
      readonly test_iou_mean: number;
    }>
  >;
}

/**
 * The images with these indices as a batch. Masks are bytes / 255, as v2.ToDtype(scale=True) makes
 * them.
 */
export function batchOf({ image_u8, mask_u8 }: Tensors, indices: readonly number[]): Batch {
  const [height, width] = image_u8.shape.slice(-2);
  const perImage = height * width;
  const pick = ({ data }: Tensor) => {
    const picked = new Uint8Array(indices.length * perImage);
    indices.forEach((index, place) => {
      const from = (data as Uint8Array).subarray(index * perImage, (index + 1) * perImage);
      picked.set(from, place * perImage);
    });
    return picked;
  };
  const masks = Float32Array.from(pick(mask_u8), (byte) => byte * Math.fround(1 / 255));
  return { n: indices.length, height, width, images: pick(image_u8), masks };
}

/** Dice and IoU of one image; both are 1 for empty prediction and truth. */
export function scoresOf({ intersection, predicted, truth }: OverlapCounts) {
  const union = predicted + truth - intersection;
  return union === 0
    ? { dice: 1, iou: 1 }
    : { dice: 2 * intersection / (predicted + truth), iou: intersection / union };
}

/**
 * The advised bounds of a loss per epoch: three times the largest distance between equally correct
 * runs, at least `least`. From the first epoch with a distance above `least`, losses jump, so the
 * largest distance of all epochs is used.
 */
export function boundsPerEpoch(distances: readonly (readonly number[])[], least: number): number[] {
  const largest = distances[0].map((_, epoch) => Math.max(...distances.map((run) => run[epoch])));
  const jump = largest.findIndex((distance) => distance > least);
  return largest.map((distance, epoch) => {
    const jumped = jump >= 0 && epoch >= jump;
    return Math.max(least, 3 * (jumped ? Math.max(...largest.slice(jump)) : distance));
  });
}

/** The bounds of the first epoch's batches. */
export function boundsOfFirstEpoch(distances: readonly (readonly number[])[]): number[] {
  return distances[0].map((_, batch) => {
    const largest = Math.max(...distances.map((run) => run[batch]));
    return Math.max(batch === 0 ? 1e-5 : 1e-4, 3 * largest);
  });
}

/**
 * The advised bound of a score: three times the largest distance between equally correct runs, at
 * least 0.1.
 */
export function boundOfScore(distances: readonly number[]): number {
  return Math.max(0.1, 3 * Math.max(...distances));
}

/** One item of a [n, c, h, w] tensor along its first axis. */
export function firstAxis({ shape, data }: Tensor, index: number): Tensor {
  const rest = shape.slice(1);
  const size = elementCount(rest);
  return { shape: rest, data: data.slice(index * size, (index + 1) * size) as Tensor["data"] };
}
