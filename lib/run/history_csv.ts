/**
 * `history.csv`: one row per finished epoch.
 *
 * @module
 */
import { parse } from "@std/csv";
import { checkLines, csvText } from "../core/csv.ts";
import { InputError } from "../core/errors.ts";
import { hasAverage, type HistoryRow } from "../train/progress.ts";
import { FORMER_COLUMNS, historyColumns, rowFromJson, rowToJson } from "../train/progress_json.ts";

/**
 * The text of `history.csv`. Numbers have the shortest form that reads back exactly; missing
 * figures are empty.
 */
export function historyCsv(history: readonly HistoryRow[]): string {
  const rows = history.map((row) =>
    Object.fromEntries(
      Object.entries(rowToJson(row)).map(([name, value]) => [name, value ?? ""]),
    )
  );
  return csvText(historyColumns(history.some(hasAverage)), rows);
}

/**
 * Whether a text equals the output of {@linkcode historyCsv}, or of an earlier version, for a
 * history.
 */
export function isHistoryCsv(text: string, history: readonly HistoryRow[]): boolean {
  const csv = historyCsv(history);
  const former = historyColumns(history.some(hasAverage)).map((name) =>
    FORMER_COLUMNS[name] ?? name
  ).join(",");
  return text === csv || text === former + csv.slice(csv.indexOf("\n"));
}

/**
 * Parses the output of {@linkcode historyCsv}.
 *
 * @throws {InputError} for other text; the message names `source`.
 */
export function historyFromCsv(text: string, source: string): HistoryRow[] {
  checkLines(text, source);
  try {
    const rows = parse(text, { skipFirstRow: true });
    return rows.map((row, index) => {
      const cells = Object.entries(row).map(([name, cell]) => [
        name,
        cell === "" ? null : Number(cell),
      ]);
      return rowFromJson(Object.fromEntries(cells), index + 1);
    });
  } catch (error) {
    throw new InputError(`${source} is no history of a run: ${(error as Error).message}`);
  }
}
