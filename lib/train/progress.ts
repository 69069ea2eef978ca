/**
 * The position of a training run: finished epochs, batches of the current epoch, history. With the
 * trainer's state it is all that resuming needs.
 *
 * @module
 */
import { plural } from "../core/plural.ts";
import { mean } from "../core/statistics.ts";
import { type OverlapSummary } from "./metrics.ts";

/** The figures of the averaged weights after an epoch, as those of {@linkcode HistoryRow}. */
export interface AverageFigures {
  readonly emaLoss: number | null;
  readonly emaDice: number | null;
  readonly emaIou: number | null;
  readonly emaFalseAlarms: number;
}

/**
 * One finished epoch. A figure is `null` when there are no images to measure it on.
 * The figures of the averaged weights are all there, or none is: in runs without an average.
 */
export interface HistoryRow extends Partial<AverageFigures> {
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

/** An evaluation of the validation images. */
export interface Validation extends PassLosses {
  readonly overlap: OverlapSummary;
}

/** Sums up one epoch; `average` is the evaluation of the averaged weights. */
export function historyRow(
  epoch: number,
  train: PassLosses,
  validation: PassLosses,
  overlap: OverlapSummary,
  learningRate: number,
  average?: Validation,
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
    ...(average && {
      emaLoss: mean(average.losses),
      emaDice: average.overlap.dice,
      emaIou: average.overlap.iou,
      emaFalseAlarms: average.overlap.falseAlarms,
    }),
  };
}

/** Whether a row has the figures of averaged weights. */
export function hasAverage(row: HistoryRow): row is HistoryRow & AverageFigures {
  return row.emaLoss !== undefined;
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

/** What ends a run. */
export interface RunLength {
  readonly epochs: number;
  /** `null` or absent: a run makes all its epochs. */
  readonly patience?: number | null | undefined;
}

/** Whether a run has made its last epoch: all of them, or enough that were no better. */
export function hasEnded(
  progress: Pick<Progress, "epoch" | "history">,
  length: RunLength,
): boolean {
  return progress.epoch >= length.epochs || endedEarly(progress, length) !== undefined;
}

/**
 * Why a run ended before its last epoch, in words; `undefined` for all others. It is a function of
 * the history, so that a resumed run ends where an uninterrupted one does.
 */
export function endedEarly(
  { history }: Pick<Progress, "history">,
  { epochs, patience = null }: RunLength,
): string | undefined {
  const best = bestOf(history);
  if (patience === null || best === undefined || history.length >= epochs) return undefined;
  if (history.length - best.epoch < patience) return undefined;
  return `ended early, after ${history.length} of ${epochs} epochs: none of the last ` +
    `${history.length - best.epoch} was better than epoch ${best.epoch} (patience ${patience})`;
}

function isBetter(row: HistoryRow, best: HistoryRow): boolean {
  if (row.valDice !== best.valDice) return (row.valDice ?? 0) > (best.valDice ?? 0);
  if (row.valLoss !== null && best.valLoss !== null) return row.valLoss < best.valLoss;
  return true;
}

function perImage({ losses, images }: PassLosses): number | null {
  return images === 0 ? null : losses.reduce((sum, loss) => sum + loss, 0) / images;
}

/** The position in words: "3 epochs and 12 batches". */
export function positionOf({ epoch, losses }: Pick<Progress, "epoch" | "losses">): string {
  const batches = losses.length > 0 ? ` and ${plural(losses.length, "batch", "batches")}` : "";
  return `${plural(epoch, "epoch")}${batches}`;
}
