/**
 * `history.csv`: one row per finished epoch.
 *
 * @module
 */
import { parse, stringify } from "@std/csv";
import { InputError } from "../core/errors.ts";
import type { HistoryRow } from "../train/progress.ts";
import { FORMER_COLUMNS, HISTORY_COLUMNS, rowFromJson, rowToJson } from "../train/progress_json.ts";

/** The text of `history.csv`: shortest numbers that read back exactly, missing figures empty. */
export function historyCsv(history: readonly HistoryRow[]): string {
  const rows = history.map((row) =>
    Object.fromEntries(
      Object.entries(rowToJson(row)).map(([name, value]) => [name, value ?? ""]),
    )
  );
  return stringify(rows, { columns: HISTORY_COLUMNS }).replaceAll("\r\n", "\n");
}

/**
 * Whether a text is letter by letter what {@linkcode historyCsv}, or an earlier version, writes of
 * a history.
 */
export function isHistoryCsv(text: string, history: readonly HistoryRow[]): boolean {
  const csv = historyCsv(history);
  const former = HISTORY_COLUMNS.map((name) => FORMER_COLUMNS[name] ?? name).join(",");
  return text === csv || text === former + csv.slice(csv.indexOf("\n"));
}

/**
 * Reads what {@linkcode historyCsv} wrote. Throws {@linkcode InputError}, naming `source`, for
 * anything else.
 */
export function historyFromCsv(text: string, source: string): HistoryRow[] {
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
