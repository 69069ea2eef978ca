/**
 * The lines of a training: one for each finished epoch, and the bar of the running one. A narrow
 * terminal gets fewer figures.
 *
 * @module
 */
import type { HistoryRow, LoopEvent } from "../../mod.ts";
import { duration, figure } from "../words/words.ts";
import { barLine, fitted, joined, type LineField, roomOf } from "./fitted.ts";
import { painted } from "./paint.ts";

/** What the figures of {@linkcode epochLine} are; said once, before the first. */
export const EPOCH_FIGURES =
  "loss: training/validation; Dice, IoU: validation; alarms: lesion-free images";

/** An epoch that has ended. */
export interface EndedEpoch {
  readonly row: HistoryRow;
  /** Whether it is the best so far. */
  readonly best: boolean;
  /** The number of epochs of the run. */
  readonly epochs: number;
  /** Training images per second. */
  readonly rate: number;
}

/**
 * The figures of an epoch. `columns` is the width of the terminal; a line in a file has all of
 * them, with an infinite width.
 */
export function epochLine(
  { row, best, epochs, rate }: EndedEpoch,
  columns: number,
  colours: boolean,
): string {
  const { trainLoss, valLoss, valDice, valIou, lesionFree, falseAlarms, emaLoss, emaDice } = row;
  const fields: LineField[] = [
    { text: countOf(row.epoch, epochs), rank: 0 },
    { text: `loss ${figure(trainLoss)}${valLoss === null ? "" : `/${figure(valLoss)}`}`, rank: 3 },
  ];
  const add = (text: string, rank: number) => fields.push({ text, rank });
  if (valDice !== null) add(`Dice ${figure(valDice)}`, 1);
  if (valDice !== null) add(`IoU ${figure(valIou)}`, 5);
  if (lesionFree > 0) add(`alarms ${falseAlarms}/${lesionFree}`, 4);
  if (emaDice !== undefined && emaDice !== null) add(`averaged Dice ${figure(emaDice)}`, 6);
  if (emaLoss !== undefined && emaLoss !== null) add(`averaged loss ${figure(emaLoss)}`, 7);
  add(`${rate.toFixed(1)} images/s`, 8);
  if (best) add("best", 2);
  const kept = fitted(fields, roomOf(columns));
  return joined(
    kept.map((field) =>
      field.text === "best" ? { ...field, text: painted("best", "best", colours) } : field
    ),
  );
}

/** The running epoch. */
export interface RunningEpoch {
  readonly event: LoopEvent;
  readonly epochs: number;
  /** Images per second. */
  readonly rate: number;
  /** The time left of this pass over the images, in ms. */
  readonly left: number;
  /** The time left of the run, in ms; `undefined` before it can be told. */
  readonly runLeft: number | undefined;
}

/** The bar of the running epoch. It is shorter than the terminal is wide. */
export function epochBar(
  { event, epochs, rate, left, runLeft }: RunningEpoch,
  columns: number,
): string {
  const { phase, epoch, batch, batches, loss } = event;
  const before: LineField[] = [
    { text: countOf(epoch, epochs), rank: 0 },
    { text: phase === "train" ? "training" : "validation", rank: 5 },
  ];
  const after: LineField[] = [
    { text: `${batch}/${batches}`, rank: 2 },
    { text: `${rate.toFixed(1)} images/s`, rank: 7 },
    { text: `loss ${figure(loss)}`, rank: 6 },
    { text: `${duration(left)} left`, rank: 4 },
  ];
  if (runLeft !== undefined) after.push({ text: `run ${duration(runLeft)} left`, rank: 1 });
  return barLine(before, batch / batches, after, columns);
}

/** "epoch  7/30". */
function countOf(epoch: number, epochs: number): string {
  return `epoch ${String(epoch).padStart(String(epochs).length)}/${epochs}`;
}
