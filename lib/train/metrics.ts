/**
 * How well predicted masks cover true ones: Dice and intersection over union per image, and their
 * means over a test set.
 *
 * A mean is taken over the images with a lesion; a missed lesion counts 0. An image without a lesion
 * has no overlap to measure: it is counted as a normal, and as a false alarm when anything is predicted.
 *
 * @module
 */
import type { OverlapCounts } from "../engine/engine.ts";

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

/** Dice = 2 intersection / (predicted + truth); 1 when both are empty. */
export function diceOf({ intersection, predicted, truth }: OverlapCounts): number {
  const sum = predicted + truth;
  return sum === 0 ? 1 : (2 * intersection) / sum;
}

/** Intersection over union; 1 when both are empty. */
export function iouOf({ intersection, predicted, truth }: OverlapCounts): number {
  const union = predicted + truth - intersection;
  return union === 0 ? 1 : intersection / union;
}

/** Sums up the images of a test set. */
export function summarise(images: readonly OverlapCounts[]): OverlapSummary {
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

/** The arithmetic mean, added from first to last; `null` for an empty list. */
export function mean(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
