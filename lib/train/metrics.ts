/**
 * Overlap of predicted and true masks: Dice and intersection over union per image, and their means
 * over a set of images.
 *
 * Means are over the images with a lesion; a missed lesion counts 0. A lesion-free image has no
 * overlap to measure; it counts as a false alarm when anything is predicted.
 *
 * @module
 */
import type { OverlapCounts } from "../core/batch.ts";
import { mean } from "../core/statistics.ts";
import { diceOf, iouOf } from "../image/overlap.ts";

/** Overlap over a set of images at threshold 0.5. */
export interface OverlapSummary {
  /** Images with a lesion. */
  readonly lesions: number;
  /** Images with a lesion in which nothing is predicted. */
  readonly missed: number;
  /** Images without a lesion. */
  readonly lesionFree: number;
  /** Lesion-free images in which a lesion is predicted. */
  readonly falseAlarms: number;
  /** Mean Dice over the images with a lesion; `null` without any. */
  readonly dice: number | null;
  /** Mean intersection over union over the images with a lesion; `null` without any. */
  readonly iou: number | null;
}

/** Sums up a set of images. */
export function summariseOverlap(images: readonly OverlapCounts[]): OverlapSummary {
  const lesions = images.filter((image) => image.truth > 0);
  const lesionFree = images.filter((image) => image.truth === 0);
  return {
    lesions: lesions.length,
    missed: lesions.filter((image) => image.predicted === 0).length,
    lesionFree: lesionFree.length,
    falseAlarms: lesionFree.filter((image) => image.predicted > 0).length,
    dice: mean(lesions.map(diceOf)),
    iou: mean(lesions.map(iouOf)),
  };
}
