/**
 * Figures at other thresholds than the chosen one.
 *
 * A threshold that is selected here is selected on the images that it is judged by: check it on
 * other images before you report it.
 *
 * @module
 */
import type { OverlapCounts } from "../core/batch.ts";
import { mean } from "../core/statistics.ts";
import { diceOf, iouOf, precisionOf, recallOf } from "../image/overlap.ts";
import type { MeasuredCase } from "./case.ts";
import { overlapAt, THRESHOLDS } from "./pixel_tally.ts";
import type { ThresholdRow } from "./results.ts";

/** One row per threshold, ascending. */
export function sweepThresholds(
  cases: readonly Pick<MeasuredCase, "tally">[],
): ThresholdRow[] {
  return THRESHOLDS.map((threshold, k) => {
    const all = cases.map(({ tally }) => overlapAt(tally, k));
    const lesions = all.filter(({ truth }) => truth > 0);
    const lesionFree = all.filter(({ truth }) => truth === 0);
    const over = (measure: (counts: OverlapCounts) => number | null) =>
      mean(lesions.map((counts) => measure(counts) ?? 0));
    return {
      threshold,
      dice: over(diceOf),
      iou: over(iouOf),
      precision: over(precisionOf),
      recall: over(recallOf),
      pooled_dice: lesions.length === 0 ? null : diceOf(together(lesions)),
      nothing_predicted: lesions.filter(({ predicted }) => predicted === 0).length,
      false_alarms: lesionFree.filter(({ predicted }) => predicted > 0).length,
    };
  });
}

function together(counts: readonly OverlapCounts[]): OverlapCounts {
  return counts.reduce((sum, one) => ({
    intersection: sum.intersection + one.intersection,
    predicted: sum.predicted + one.predicted,
    truth: sum.truth + one.truth,
  }));
}
