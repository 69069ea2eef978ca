/** Histories of runs, for tests that need no training. @module */
import { type HistoryRow, historyRow, type Validation } from "../../lib/train/progress.ts";

/** One epoch for each validation Dice; with averaged weights, whose Dice is higher by 0.1. */
export function historyOf(
  dice: readonly number[],
  { averaged = false }: { readonly averaged?: boolean } = {},
): HistoryRow[] {
  return dice.map((value, index) => {
    const own = validation(value);
    const average = averaged ? validation(value + 0.1) : undefined;
    const train = { losses: [0.5], images: 2 };
    return historyRow(index + 1, train, own, own.overlap, 1e-3, average);
  });
}

function validation(dice: number): Validation {
  const overlap = { lesions: 1, missed: 0, lesionFree: 1, falseAlarms: 1, dice, iou: dice / 2 };
  return { losses: [1 - dice], images: 1, overlap };
}
