/**
 * What the curves of a run show, as numbers: the best epochs, how far the figures have moved since,
 * how much they jump, and how far the learning rate has come down.
 *
 * @module
 */
import { median } from "../core/statistics.ts";
import type { EpochRecord } from "./curves.ts";

/** The number of last epochs whose median is "now", so that one outlier has little weight. */
export const LAST_EPOCHS = 3;

/** A figure of an epoch. */
export interface Mark {
  readonly epoch: number;
  readonly value: number;
}

/** A curve, seen as a whole. */
export interface CurveTrend {
  /** The best epoch; of equal ones the first. */
  readonly best: Mark;
  /** The value of the last epoch. */
  readonly last: number;
  /** The median of the last epochs. */
  readonly now: number;
  /** The least and the largest value of the last third. */
  readonly low: number;
  readonly high: number;
  /** The number of epochs in the last third. */
  readonly window: number;
  /**
   * The mean size of the jumps up and down in the last third. A curve that only rises or only falls
   * has none.
   */
  readonly swing: number;
  /** How much better the last third is than the one before it, by their medians. */
  readonly gain: number;
}

/** The curves of a run. */
export interface Trend {
  /** The number of epochs with a validation loss, and the last of them. */
  readonly epochs: number;
  readonly end: number;
  readonly loss: CurveTrend;
  readonly train: CurveTrend;
  /** Absent without a lesion among the validation images. */
  readonly dice?: CurveTrend;
  /** The gap between validation and training loss in an epoch, by the median of its neighbours. */
  gapAt(epoch: number): number;
  /** The gap now. */
  readonly gap: number;
  /** The last learning rate as a share of the highest. */
  readonly rate: number;
}

/** Looks at a history of finite losses; `undefined` if no epoch has a validation loss. */
export function trendOf(history: readonly EpochRecord[]): Trend | undefined {
  const rows = history.flatMap(({ epoch, trainLoss, valLoss, valDice, learningRate }) =>
    valLoss === null
      ? []
      : [{ epoch, trainLoss, valLoss, valDice, learningRate, gap: valLoss - trainLoss }]
  );
  const last = rows.at(-1);
  if (last === undefined) return undefined;
  const curve = (of: (row: typeof rows[number]) => number | null, sign: 1 | -1) =>
    curveTrend(
      rows.flatMap((row) => {
        const value = of(row);
        return value === null ? [] : [{ epoch: row.epoch, value }];
      }),
      sign,
    );
  const gapAt = (epoch: number) => {
    const place = rows.findIndex((row) => row.epoch === epoch);
    return middle(rows.slice(Math.max(0, place - 1), place + 2).map(({ gap }) => gap));
  };
  const dice = curve(({ valDice }) => valDice, 1);
  const highest = rows.reduce((most, row) => Math.max(most, row.learningRate), 0);
  return {
    epochs: rows.length,
    end: last.epoch,
    loss: curve(({ valLoss }) => valLoss, -1)!,
    train: curve(({ trainLoss }) => trainLoss, -1)!,
    ...(dice && { dice }),
    gapAt,
    gap: middle(rows.slice(-LAST_EPOCHS).map(({ gap }) => gap)),
    rate: highest > 0 ? last.learningRate / highest : 1,
  };
}

/** Looks at one curve; a `sign` of 1 means that higher is better. */
function curveTrend(marks: readonly Mark[], sign: 1 | -1): CurveTrend | undefined {
  if (marks.length === 0) return undefined;
  const values = marks.map(({ value }) => value);
  const window = Math.min(values.length, Math.max(5, Math.min(10, Math.round(values.length / 3))));
  const tail = values.slice(-window);
  const before = values.slice(-2 * window, -window);
  const steps = tail.slice(1).map((value, k) => value - tail[k]);
  const sum = (direction: number) =>
    steps.reduce((total, step) => total + Math.max(0, direction * step), 0);
  return {
    best: marks.reduce((best, mark) => sign * (mark.value - best.value) > 0 ? mark : best),
    last: values[values.length - 1],
    now: middle(values.slice(-LAST_EPOCHS)),
    low: Math.min(...tail),
    high: Math.max(...tail),
    window,
    swing: steps.length === 0 ? 0 : 2 * Math.min(sum(1), sum(-1)) / steps.length,
    gain: before.length === 0
      ? sign * (tail[tail.length - 1] - tail[0])
      : sign * (middle(tail) - middle(before)),
  };
}

/** The median; of two values their mean. */
function middle(values: readonly number[]): number {
  return (median(values) - median(values.map((value) => -value))) / 2;
}
