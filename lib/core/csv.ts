/**
 * Writes tables as CSV (RFC 4180) that spreadsheets read as text and numbers, never as formulas.
 *
 * @module
 */

/** The beginning of a cell that a spreadsheet takes as a formula, perhaps guarded already. */
const FORMULA = /^'*[=+\-@\t\r\n]/;

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
