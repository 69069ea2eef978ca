/**
 * Writes tables as CSV (RFC 4180) that spreadsheets read as text and numbers, never as formulas;
 * bounds those that are read.
 *
 * @module
 */

import { InputError } from "./errors.ts";

/** The most lines below the header: a run may have a million epochs. */
const MOST_ROWS = 1_000_000;
const LONGEST_LINE = 2 ** 16;

/**
 * The beginning of a cell that a spreadsheet takes as a formula, perhaps guarded already. Japanese
 * ones take the wide signs, too.
 */
const FORMULA = /^'*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;

/** The value of a cell. Numbers stay numbers. */
export type Cell = string | number | boolean;

/**
 * The text of a table: a line of names, then one line for each row. A text that a spreadsheet would
 * take as a formula begins with an apostrophe.
 *
 * @param end The end of each line.
 */
export function csvText(
  columns: readonly string[],
  rows: readonly Readonly<Record<string, Cell>>[],
  end = "\n",
): string {
  const lines = [columns, ...rows.map((row) => columns.map((name) => row[name]))];
  return lines.map((cells) => `${cells.map(cellText).join(",")}${end}`).join("");
}

function cellText(value: Cell): string {
  const text = typeof value === "string" && FORMULA.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The text of a cell that {@linkcode csvText} wrote. */
export function withoutGuard(cell: string): string {
  return cell.startsWith("'") && FORMULA.test(cell) ? cell.slice(1) : cell;
}

/**
 * Checks the lines of a table before it is parsed, since the parser takes 40 times its size.
 *
 * @throws {InputError} for too many lines, or too long ones; the message names `source`.
 */
export function checkLines(text: string, source: string): void {
  let rows = -1;
  for (let start = 0; start < text.length; rows++) {
    const end = text.indexOf("\n", start);
    const next = end === -1 ? text.length : end;
    if (next - start > LONGEST_LINE) {
      throw new InputError(
        `${source} has a line of more than ${LONGEST_LINE} letters; expected a table with one row a line`,
      );
    }
    start = next + 1;
  }
  if (rows <= MOST_ROWS) return;
  throw new InputError(`${source} has ${rows} rows; expected at most ${MOST_ROWS}`);
}
