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
  list,
  number,
  object,
  orNull,
  type Reader,
  whole,
} from "../core/json.ts";
import type { HistoryRow, Progress } from "./progress.ts";

/** The columns of the history, in the order of `history.csv`, with a reader for each. */
const COLUMNS: { readonly [Key in keyof HistoryRow]: Reader<HistoryRow[Key]> } = {
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
const KEYS = Object.keys(COLUMNS) as (keyof HistoryRow)[];

/** Columns that earlier versions wrote under other names. */
export const FORMER_COLUMNS: Readonly<Record<string, string>> = {
  val_loss: "test_loss",
  val_loss_per_image: "test_loss_per_image",
  val_dice: "test_dice",
  val_iou: "test_iou",
  lesion_free: "normals",
};

/** The names of the columns of `history.csv`. */
export const HISTORY_COLUMNS: readonly string[] = KEYS.map(snakeCase);

/** A row under the names of {@linkcode HISTORY_COLUMNS}. */
export function rowToJson(row: HistoryRow): Record<string, number | null> {
  return Object.fromEntries(KEYS.map((key) => [snakeCase(key), row[key]]));
}

/** The position as plain JSON. */
export function progressToJson({ epoch, losses, history }: Progress): Record<string, unknown> {
  return { epoch, losses, history: history.map(rowToJson) };
}

const rowReader = formerly(
  FORMER_COLUMNS,
  object<Record<string, number | null>>(
    Object.fromEntries(KEYS.map((key) => [snakeCase(key), COLUMNS[key]])),
  ),
);

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
  return { epoch, losses, history };
}

/**
 * Reads the result of {@linkcode rowToJson} for an epoch. Throws {@linkcode InputError} that names
 * the field.
 */
export function rowFromJson(json: unknown, epoch: number): HistoryRow {
  const at = `history[${epoch - 1}]`;
  const given = rowReader(json, at);
  if (given.epoch !== epoch) throw new InputError(`${at} says epoch ${given.epoch}`);
  const row = Object.fromEntries(KEYS.map((key) => [key, given[snakeCase(key)]]));
  return row as unknown as HistoryRow;
}
