/**
 * A run's position as plain JSON and back. What is read may come from anywhere, so every field is
 * checked.
 *
 * @module
 */
import { record } from "../core/json.ts";
import { InputError } from "../core/errors.ts";
import { snakeCase } from "../core/fields.ts";
import type { HistoryRow, Progress } from "./progress.ts";

/** The columns of the history, in the order of `history.csv`, and whether a figure may be missing. */
const COLUMNS: readonly (readonly [keyof HistoryRow, "number" | "number or null"])[] = [
  ["epoch", "number"],
  ["trainLoss", "number"],
  ["testLoss", "number or null"],
  ["trainLossPerImage", "number"],
  ["testLossPerImage", "number or null"],
  ["testDice", "number or null"],
  ["testIou", "number or null"],
  ["normals", "number"],
  ["falseAlarms", "number"],
  ["learningRate", "number"],
];

/** The names of the columns of `history.csv`. */
export const HISTORY_COLUMNS: readonly string[] = COLUMNS.map(([key]) => snakeCase(key));

/** A row under the names of {@linkcode HISTORY_COLUMNS}. */
export function rowToJson(row: HistoryRow): Record<string, number | null> {
  return Object.fromEntries(COLUMNS.map(([key]) => [snakeCase(key), row[key]]));
}

/** The position as plain JSON. */
export function progressToJson({ epoch, losses, history }: Progress): Record<string, unknown> {
  return { epoch, losses, history: history.map(rowToJson) };
}

/** Reads what {@linkcode progressToJson} wrote. Throws {@linkcode InputError} naming what is wrong. */
export function progressFromJson(json: unknown): Progress {
  const { epoch, losses, history } = record(json, "the progress");
  if (!Array.isArray(losses) || !losses.every(Number.isFinite)) {
    throw new InputError("the losses of the epoch begun are no list of numbers");
  }
  if (!Array.isArray(history) || history.length !== epoch) {
    throw new InputError("the history does not have one row for each finished epoch");
  }
  return {
    epoch: history.length,
    losses,
    history: history.map((row, index) => rowFromJson(row, index + 1)),
  };
}

/** Reads what {@linkcode rowToJson} wrote of an epoch. Throws {@linkcode InputError} naming what is wrong. */
export function rowFromJson(json: unknown, epoch: number): HistoryRow {
  const given = record(json, `row ${epoch} of the history`);
  const row: Partial<Record<keyof HistoryRow, number | null>> = {};
  for (const [key, type] of COLUMNS) {
    const value = given[snakeCase(key)];
    const fits = Number.isFinite(value) || (type === "number or null" && value === null);
    if (!fits) {
      throw new InputError(`row ${epoch} of the history has no usable ${snakeCase(key)}`);
    }
    row[key] = value as number | null;
  }
  if (row.epoch !== epoch) {
    throw new InputError(`row ${epoch} of the history says epoch ${row.epoch}`);
  }
  return row as HistoryRow;
}
