/**
 * The position of a training run: finished epochs, batches of the current epoch, history. With the
 * trainer's state it is all that resuming needs.
 *
 * @module
 */
import { plural } from "../core/plural.ts";
import { mean } from "../core/statistics.ts";
import { type OverlapSummary } from "./metrics.ts";

/** One finished epoch. A figure is `null` when there are no images to measure it on. */
export interface HistoryRow {
  /** From 1. */
  readonly epoch: number;
  /** Mean of the batch losses. */
  readonly trainLoss: number;
  readonly valLoss: number | null;
  /** The tutorial's figure: the sum of the batch losses over the number of images. */
  readonly trainLossPerImage: number;
  readonly valLossPerImage: number | null;
  /** Mean over the validation images with a lesion, at threshold 0.5 and the network's size. */
  readonly valDice: number | null;
  readonly valIou: number | null;
  /** Lesion-free validation images, and those of them with a predicted lesion. */
  readonly lesionFree: number;
  readonly falseAlarms: number;
  readonly learningRate: number;
}

/** The position of a run. */
export interface Progress {
  /** Finished epochs. */
  readonly epoch: number;
  /** The losses of the finished batches of the current epoch. */
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

/** Sums up one epoch. */
export function historyRow(
  epoch: number,
  train: PassLosses,
  validation: PassLosses,
  overlap: OverlapSummary,
  learningRate: number,
): HistoryRow {
  return {
    epoch,
    trainLoss: mean(train.losses)!,
    valLoss: mean(validation.losses),
    trainLossPerImage: perImage(train)!,
    valLossPerImage: perImage(validation),
    valDice: overlap.dice,
    valIou: overlap.iou,
    lesionFree: overlap.lesionFree,
    falseAlarms: overlap.falseAlarms,
    learningRate,
  };
}

/**
 * The best epoch of a history: the highest validation Dice, then the lowest validation loss, then
 * the earliest. Without a lesion among the validation images the loss alone decides. Without
 * validation images the last epoch is the best.
 */
export function bestOf(history: readonly HistoryRow[]): HistoryRow | undefined {
  let best: HistoryRow | undefined;
  for (const row of history) {
    if (best === undefined || isBetter(row, best)) best = row;
  }
  return best;
}

/** The epoch whose model is kept: the best, or the last. */
export function keptRow(
  history: readonly HistoryRow[],
  keep: "best" | "last",
): HistoryRow | undefined {
  return keep === "last" ? history.at(-1) : bestOf(history);
}

function isBetter(row: HistoryRow, best: HistoryRow): boolean {
  if (row.valDice !== best.valDice) return (row.valDice ?? 0) > (best.valDice ?? 0);
  if (row.valLoss !== null && best.valLoss !== null) return row.valLoss < best.valLoss;
  return true;
}

function perImage({ losses, images }: PassLosses): number | null {
  return images === 0 ? null : losses.reduce((sum, loss) => sum + loss, 0) / images;
}

/** The position in words: "3 epochs and 12 steps". */
export function positionOf({ epoch, losses }: Pick<Progress, "epoch" | "losses">): string {
  const steps = losses.length > 0 ? ` and ${plural(losses.length, "step")}` : "";
  return `${plural(epoch, "epoch")}${steps}`;
}
