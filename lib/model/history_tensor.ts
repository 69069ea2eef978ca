/**
 * A long history as a tensor. As JSON in the header of a checkpoint, a million epochs would exceed
 * the header's limit of 100 MB; as float64 they take 80 MB beside the weights.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import type { Tensor } from "../core/tensor.ts";
import { hasAverage, type HistoryRow } from "../train/progress.ts";
import { historyColumns, rowFromJson, rowToJson } from "../train/progress_json.ts";

/** The name of the tensor in a checkpoint. */
export const HISTORY_TENSOR = "history";

/** A history of more epochs becomes a tensor. */
export const LONG_HISTORY = 10_000;

/** The history as float64 [epochs, columns of `history.csv`]; a missing figure is NaN. */
export function historyToTensor(history: readonly HistoryRow[]): Tensor<Float64Array> {
  const columns = historyColumns(history.some(hasAverage)).length;
  const data = new Float64Array(history.length * columns);
  for (const [index, row] of history.entries()) {
    const figures = Object.values(rowToJson(row)).map((figure) => figure ?? NaN);
    data.set(figures, index * columns);
  }
  return { shape: [history.length, columns], data };
}

/**
 * Reads the result of {@linkcode historyToTensor}. Throws {@linkcode InputError} that names the
 * field.
 */
export function historyFromTensor({ shape, data }: Tensor): HistoryRow[] {
  const names = [false, true].map(historyColumns).find(({ length }) => length === shape[1]);
  if (!(data instanceof Float64Array) || shape.length !== 2 || names === undefined) {
    const columns = historyColumns(false).length;
    throw new InputError(`its history has shape [${shape}]; expected float64 [epochs, ${columns}]`);
  }
  return Array.from({ length: shape[0] }, (_, index) => {
    const figures = data.subarray(index * names.length, (index + 1) * names.length);
    const row = Object.fromEntries(
      names.map((name, k) => [name, Number.isNaN(figures[k]) ? null : figures[k]]),
    );
    return rowFromJson(row, index + 1);
  });
}
