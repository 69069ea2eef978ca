/**
 * Counts the common pixels of two masks, and the ratios derived from them. The training loop uses
 * the same Dice and intersection over union.
 *
 * @module
 */
import type { OverlapCounts } from "../core/batch.ts";
import type { GreyImage } from "./image.ts";

/** The default threshold: a pixel above this probability belongs to a lesion. */
export const THRESHOLD = 0.5;

/** Counts the pixels of two masks of one size (pixels that are not 0 are inside). */
export function countOverlap(truth: GreyImage, predicted: GreyImage): OverlapCounts {
  const counts = { intersection: 0, predicted: 0, truth: 0 };
  for (let i = 0; i < truth.pixels.length; i++) {
    const t = truth.pixels[i] === 0 ? 0 : 1;
    const p = predicted.pixels[i] === 0 ? 0 : 1;
    counts.truth += t;
    counts.predicted += p;
    counts.intersection += t & p;
  }
  return counts;
}

/** Precision: the share of the predicted pixels that are true. `null` when none is predicted. */
export function precisionOf({ intersection, predicted }: OverlapCounts): number | null {
  return predicted === 0 ? null : intersection / predicted;
}

/**
 * Recall: the share of the true pixels that are predicted. `null` when there are no true pixels.
 */
export function recallOf({ intersection, truth }: OverlapCounts): number | null {
  return truth === 0 ? null : intersection / truth;
}

/** Relative area error: (predicted - true) / true area. `null` when there are no true pixels. */
export function areaErrorOf({ predicted, truth }: OverlapCounts): number | null {
  return truth === 0 ? null : (predicted - truth) / truth;
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
