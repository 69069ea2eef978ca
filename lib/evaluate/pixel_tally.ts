/**
 * Counts of an image's probabilities: enough for every threshold and for the reliability curve,
 * without the pixels.
 *
 * Thresholds are compared as logits, exactly as in prediction. Reliability bins are equal parts of
 * the probability: bin k of 15 holds `k / 15 <= p < (k + 1) / 15`, and the last one also 1.
 *
 * @module
 */
import type { OverlapCounts } from "../core/batch.ts";

/** The bins of the expected calibration error. */
export const BINS = 15;

/** The thresholds of the sweep: 0.05, 0.10, ..., 0.95. */
export const THRESHOLDS: readonly number[] = Array.from({ length: 19 }, (_, k) => (k + 1) / 20);

/** The counts of one image, or the sums of many. */
export interface PixelTally {
  /** The number of true lesion pixels, and of all pixels. */
  readonly truth: number;
  readonly pixels: number;
  /** For each threshold, the pixels above it, and the true lesion pixels among them. */
  readonly predicted: Float64Array;
  readonly intersection: Float64Array;
  /**
   * For each bin, its pixels, the sum of their probabilities, and the true lesion pixels among
   * them.
   */
  readonly binPixels: Float64Array;
  readonly binProbability: Float64Array;
  readonly binTruth: Float64Array;
  /** The sum of the squared differences between probability and truth. */
  readonly squares: number;
}

/** Thresholds as logits. */
export function limitsOf(thresholds: readonly number[] = THRESHOLDS): number[] {
  return thresholds.map((threshold) => Math.log(threshold / (1 - threshold)));
}

/** The number of limits that a logit is above; they ascend. */
export function limitsBelow(logit: number, limits: readonly number[]): number {
  let passed = 0;
  while (passed < limits.length && logit > limits[passed]) passed++;
  return passed;
}

/**
 * Counts the pixels of an image. `logits` and `truth` (not 0: lesion) are `[height, width]`;
 * thresholds ascend.
 */
export function tallyPixels(
  logits: Float32Array,
  truth: Uint8Array,
  thresholds: readonly number[] = THRESHOLDS,
): PixelTally {
  const limits = limitsOf(thresholds);
  // A histogram of pixels by the number of thresholds below them.
  const above = [0, 1].map(() => new Float64Array(limits.length + 1));
  const binPixels = new Float64Array(BINS);
  const binProbability = new Float64Array(BINS);
  const binTruth = new Float64Array(BINS);
  let squares = 0;
  for (let i = 0; i < logits.length; i++) {
    const logit = logits[i];
    const isTrue = truth[i] === 0 ? 0 : 1;
    above[isTrue][limitsBelow(logit, limits)]++;
    const p = 1 / (1 + Math.exp(-logit));
    const bin = Math.min(BINS - 1, Math.floor(p * BINS));
    binPixels[bin]++;
    binProbability[bin] += p;
    binTruth[bin] += isTrue;
    squares += (p - isTrue) ** 2;
  }
  const intersection = sumsFromEnd(above[1]);
  const others = sumsFromEnd(above[0]);
  return {
    truth: intersection[0],
    pixels: logits.length,
    predicted: intersection.map((common, k) => common + others[k]).subarray(1),
    intersection: intersection.subarray(1),
    binPixels,
    binProbability,
    binTruth,
    squares,
  };
}

/** The overlap at the k-th threshold. */
export function overlapAt(tally: PixelTally, k: number): OverlapCounts {
  const { truth, predicted, intersection } = tally;
  return { truth, predicted: predicted[k], intersection: intersection[k] };
}

function sumsFromEnd(counts: Float64Array): Float64Array {
  const sums = counts.slice();
  for (let k = sums.length - 2; k >= 0; k--) sums[k] += sums[k + 1];
  return sums;
}
