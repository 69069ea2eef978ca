/**
 * Where a training run stands: finished epochs, the batches of the epoch begun, the history so far.
 * Together with the trainer's state it is all that a run needs to go on.
 *
 * @module
 */
import { plural } from "../core/plural.ts";
import { type OverlapSummary } from "./metrics.ts";
import { mean } from "../core/statistics.ts";

/** One finished epoch. A figure is `null` where there was nothing to measure it on. */
export interface HistoryRow {
  /** Counted from 1. */
  readonly epoch: number;
  /** Mean of the batch losses. */
  readonly trainLoss: number;
  readonly testLoss: number | null;
  /** The tutorial's figures: the sum of the batch losses over the number of images. */
  readonly trainLossPerImage: number;
  readonly testLossPerImage: number | null;
  /** Means over the test images with a lesion, threshold 0.5, at network size. */
  readonly testDice: number | null;
  readonly testIou: number | null;
  /** Test images without a lesion, and those of them in which one is predicted. */
  readonly normals: number;
  readonly falseAlarms: number;
  readonly learningRate: number;
}

/** The position of a run. */
export interface Progress {
  /** Finished epochs. */
  readonly epoch: number;
  /** The losses of the batches already made in the epoch begun. */
  readonly losses: readonly number[];
  readonly history: readonly HistoryRow[];
}

/** The position before the first step. */
export const FRESH_PROGRESS: Progress = { epoch: 0, losses: [], history: [] };

/** The losses of one pass over a set of images. */
export interface PassLosses {
  readonly losses: readonly number[];
  readonly images: number;
}

/** Sums up an epoch. */
export function historyRow(
  epoch: number,
  train: PassLosses,
  test: PassLosses,
  overlap: OverlapSummary,
  learningRate: number,
): HistoryRow {
  return {
    epoch,
    trainLoss: mean(train.losses)!,
    testLoss: mean(test.losses),
    trainLossPerImage: perImage(train)!,
    testLossPerImage: perImage(test),
    testDice: overlap.dice,
    testIou: overlap.iou,
    normals: overlap.normals,
    falseAlarms: overlap.falseAlarms,
    learningRate,
  };
}

/**
 * The best epoch of a history: the highest test Dice, among equals the lowest test loss, the first of
 * these. Without a lesion among the test images the loss alone decides, and without test images the last
 * epoch is taken.
 */
export function bestOf(history: readonly HistoryRow[]): HistoryRow | undefined {
  let best: HistoryRow | undefined;
  for (const row of history) {
    if (best === undefined || isBetter(row, best)) best = row;
  }
  return best;
}

function isBetter(row: HistoryRow, best: HistoryRow): boolean {
  if (row.testDice !== best.testDice) return (row.testDice ?? 0) > (best.testDice ?? 0);
  if (row.testLoss !== null && best.testLoss !== null) return row.testLoss < best.testLoss;
  return true;
}

function perImage({ losses, images }: PassLosses): number | null {
  return images === 0 ? null : losses.reduce((sum, loss) => sum + loss, 0) / images;
}

/** Where a run stands: "3 epochs and 12 steps". */
export function positionOf({ epoch, losses }: Pick<Progress, "epoch" | "losses">): string {
  const steps = losses.length > 0 ? ` and ${plural(losses.length, "step")}` : "";
  return `${plural(epoch, "epoch")}${steps}`;
}
