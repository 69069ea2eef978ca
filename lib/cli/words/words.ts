/**
 * Formats quantities for users.
 *
 * @module
 */
import { count, plural, visibleLine } from "../../mod.ts";

export { bytes, count, plural, positionOf } from "../../mod.ts";

/** The images of a step: "batch 4", or "steps of 3 batches of 4 (12 images)". */
export function batchWords(batch: number, accumulate: number): string {
  if (accumulate === 1) return `batch ${batch}`;
  return `steps of ${count(accumulate)} batches of ${batch} (${
    plural(batch * accumulate, "image")
  })`;
}

/** Floating-point operations: "72.3 GFLOP". */
export function flops(value: number): string {
  const units = ["FLOP", "kFLOP", "MFLOP", "GFLOP", "TFLOP", "PFLOP", "EFLOP"];
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${Number(value.toPrecision(3))} ${units[unit]}`;
}

/** A time span: "4.2 s", "3 min 05 s", "2 h 10 min". */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (ms < 9950) return `${(ms / 1000).toFixed(1)} s`;
  if (seconds < 60) return `${seconds} s`;
  const two = (value: number) => String(value).padStart(2, "0");
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${two(seconds % 60)} s`;
  const minutes = Math.round(seconds / 60);
  return `${count(Math.floor(minutes / 60))} h ${two(minutes % 60)} min`;
}

/** A figure with four decimals, or a dash for `null`. */
export function figure(value: number | null): string {
  return value === null ? "-" : value.toFixed(4);
}

/** Two columns with an indentation of two; the first is padded. */
export function table(given: readonly (readonly [string, string])[]): string {
  const rows = given.map((cells) => cells.map(visibleLine));
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`).join("\n");
}

/** Quotes a text as one word of a shell command, only where necessary. */
export function shellWord(text: string): string {
  return /^[\w./:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** Aligns rows of equal length in columns: by default all but the first to the right. */
export function columns(
  given: readonly (readonly string[])[],
  isLeft: (column: number) => boolean = (column) => column === 0,
): string {
  const rows = given.map((cells) => cells.map(visibleLine));
  const widths = rows[0].map((_, column) => Math.max(...rows.map((cells) => cells[column].length)));
  return rows.map((cells) =>
    cells.map((cell, column) =>
      isLeft(column) ? cell.padEnd(widths[column]) : cell.padStart(widths[column])
    ).join("  ").trimEnd()
  ).join("\n");
}

/** "12.5 %" of a share. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
