/**
 * A progress bar that is redrawn in place.
 *
 * @module
 */

/** Goes back to the beginning of the line and empties it. */
export const CLEAR_LINE = "\r\x1b[K";
/** Not more often than this is a bar drawn anew. */
export const REDRAW_MS = 100;

const WIDEST_BAR = 24;
/** A narrower bar says nothing; the line goes without. */
const NARROWEST_BAR = 4;

/** One line that fits into `columns` characters: the bar, filled to `share`, takes what the words leave. */
export function barLine(before: string, share: number, after: string, columns: number): string {
  // The last column stays free: some terminals wrap as soon as it is written.
  const room = columns - 1;
  const width = Math.min(WIDEST_BAR, room - before.length - after.length - "[] ".length);
  const filled = Math.round(share * width);
  const drawn = width < NARROWEST_BAR
    ? ""
    : `[${"#".repeat(filled)}${".".repeat(width - filled)}] `;
  return `${before}${drawn}${after}`.slice(0, Math.max(0, room));
}
