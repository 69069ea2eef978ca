/**
 * A run's position to plain JSON and back. The JSON may come from anywhere, so every field is
 * checked.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { snakeCase } from "../core/fields.ts";
import {
  anything,
  formerly,
  isRecord,
  list,
  number,
  object,
  orNull,
  type Reader,
  whole,
} from "../core/json.ts";
import { type AverageFigures, hasAverage, type HistoryRow, type Progress } from "./progress.ts";

/** Columns, with a reader for each. */
type Columns<Row> = { readonly [Key in keyof Row]-?: Reader<Row[Key]> };

/** The columns of the history, in the order of `history.csv`, with a reader for each. */
const COLUMNS: Columns<Omit<HistoryRow, keyof AverageFigures>> = {
  epoch: number,
  trainLoss: number,
  valLoss: orNull(number),
  trainLossPerImage: number,
  valLossPerImage: orNull(number),
  valDice: orNull(number),
  valIou: orNull(number),
  lesionFree: number,
  falseAlarms: number,
  learningRate: number,
};

/** The columns that follow in runs that average their weights. */
const AVERAGE_COLUMNS: Columns<AverageFigures> = {
  emaLoss: orNull(number),
  emaDice: orNull(number),
  emaIou: orNull(number),
  emaFalseAlarms: number,
};

/** Columns that earlier versions wrote under other names. */
export const FORMER_COLUMNS: Readonly<Record<string, string>> = {
  val_loss: "test_loss",
  val_loss_per_image: "test_loss_per_image",
  val_dice: "test_dice",
  val_iou: "test_iou",
  lesion_free: "normals",
};

const PLAIN = tableOf(COLUMNS);
const AVERAGED = tableOf({ ...COLUMNS, ...AVERAGE_COLUMNS });

/** The columns of the history of a run that averages its weights, or does not. */
function tableOf(columns: Readonly<Record<string, Reader<number | null>>>) {
  const keys = Object.keys(columns) as (keyof HistoryRow)[];
  const readers = Object.fromEntries(keys.map((key) => [snakeCase(key), columns[key]]));
  return {
    keys,
    names: keys.map(snakeCase),
    read: formerly(FORMER_COLUMNS, object<Record<string, number | null>>(readers)),
  };
}

/** The names of the columns of `history.csv`, for a run that averages its weights, or does not. */
export function historyColumns(isAveraged: boolean): readonly string[] {
  return (isAveraged ? AVERAGED : PLAIN).names;
}

/** A row under the names of {@linkcode historyColumns}. */
export function rowToJson(row: HistoryRow): Record<string, number | null> {
  const { keys } = hasAverage(row) ? AVERAGED : PLAIN;
  return Object.fromEntries(keys.map((key) => [snakeCase(key), row[key]!]));
}

/** The position as plain JSON. */
export function progressToJson({ epoch, losses, history }: Progress): Record<string, unknown> {
  return { epoch, losses, history: history.map(rowToJson) };
}

const progressReader = object<{ epoch: number; losses: number[]; history: unknown[] }>({
  epoch: whole(),
  losses: list(number),
  history: list(anything),
});

/**
 * Reads the result of {@linkcode progressToJson}; `elsewhere` is the history where it is not part
 * of the JSON. Throws {@linkcode InputError} that names the field.
 */
export function progressFromJson(json: unknown, elsewhere?: readonly HistoryRow[]): Progress {
  const { epoch, losses, history: rows } = progressReader(json);
  const history = elsewhere ?? rows.map((row, index) => rowFromJson(row, index + 1));
  if (history.length !== epoch) {
    throw new InputError("the history does not have one row for each finished epoch");
  }
  if (history.some((row) => hasAverage(row) !== hasAverage(history[0]))) {
    throw new InputError("some rows of the history lack figures of averaged weights");
  }
  return { epoch, losses, history };
}

/**
 * Reads the result of {@linkcode rowToJson} for an epoch. Throws {@linkcode InputError} that names
 * the field.
 */
export function rowFromJson(json: unknown, epoch: number): HistoryRow {
  const at = `history[${epoch - 1}]`;
  const { keys, read } = isRecord(json) && Object.hasOwn(json, "ema_loss") ? AVERAGED : PLAIN;
  const given = read(json, at);
  if (given.epoch !== epoch) throw new InputError(`${at} says epoch ${given.epoch}`);
  const row = Object.fromEntries(keys.map((key) => [key, given[snakeCase(key)]]));
  return row as unknown as HistoryRow;
}
