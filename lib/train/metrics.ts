/**
 * How well predicted masks cover true ones: Dice and intersection over union per image, and their
 * means over a test set.
 *
 * A mean is taken over the images with a lesion; a missed lesion counts 0. An image without a lesion
 * has no overlap to measure: it is counted as a normal, and as a false alarm when anything is predicted.
 *
 * @module
 */
import { diceOf, iouOf } from "../image/overlap.ts";
import { mean } from "../core/statistics.ts";
import type { OverlapCounts } from "../core/batch.ts";

/** Overlap over a set of images at threshold 0.5. */
export interface OverlapSummary {
  /** Images with a lesion. */
  readonly lesions: number;
  /** Lesion images with nothing predicted. */
  readonly missed: number;
  /** Images without a lesion. */
  readonly normals: number;
  /** Normals in which a lesion is predicted. */
  readonly falseAlarms: number;
  /** Mean Dice over lesion images; `null` when there is none. */
  readonly dice: number | null;
  /** Mean intersection over union over lesion images; `null` when there is none. */
  readonly iou: number | null;
}

/** Sums up the images of a test set. */
export function summariseOverlap(images: readonly OverlapCounts[]): OverlapSummary {
  const lesions = images.filter((image) => image.truth > 0);
  const normals = images.filter((image) => image.truth === 0);
  return {
    lesions: lesions.length,
    missed: lesions.filter((image) => image.predicted === 0).length,
    normals: normals.length,
    falseAlarms: normals.filter((image) => image.predicted > 0).length,
    dice: mean(lesions.map(diceOf)),
    iou: mean(lesions.map(iouOf)),
  };
}
