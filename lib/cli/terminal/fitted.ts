/**
 * Fits a line into the width of a terminal by leaving out whole fields, so that no number is cut.
 *
 * @module
 */

/** A part of a line. */
export interface LineField {
  readonly text: string;
  /** Fields with a higher number are left out first. Fields with 0 stay. */
  readonly rank: number;
}

const GAP = "  ";
const WIDEST_BAR = 24;
/** The smallest useful width of a bar, in characters. */
const NARROWEST_BAR = 8;

/** The number of characters that a line may have: some terminals wrap after the last column. */
export function roomOf(columns: number): number {
  return Math.max(0, columns - 1);
}

/** The fields that fit into `room` characters, in their order. */
export function fitted(
  fields: readonly LineField[],
  room: number,
): readonly LineField[] {
  let kept = [...fields];
  while (joined(kept).length > room) {
    const last = Math.max(...kept.map(({ rank }) => rank));
    if (last === 0) break;
    kept = kept.filter(({ rank }) => rank !== last);
  }
  return kept;
}

/** Fields as a line. */
export function joined(fields: readonly LineField[]): string {
  return fields.map(({ text }) => text).join(GAP);
}

/**
 * A line that fits into `columns` characters, with a bar before the fields `after`. The bar takes
 * the space that the text leaves. Fields of a rank above 3 are left out before the bar is. The line
 * is empty if not even the fields of rank 0 fit.
 */
export function barLine(
  before: readonly LineField[],
  share: number,
  after: readonly LineField[],
  columns: number,
): string {
  const room = roomOf(columns);
  const bar: LineField = { text: `[${".".repeat(NARROWEST_BAR)}]`, rank: 3 };
  const kept = fitted([...before, bar, ...after], room);
  if (joined(kept).length > room) return "";
  const texts = kept.map((field) => {
    if (field !== bar) return field.text;
    const width = Math.min(WIDEST_BAR, NARROWEST_BAR + room - joined(kept).length);
    const filled = Math.round(share * width);
    return `[${"#".repeat(filled)}${".".repeat(width - filled)}]`;
  });
  return texts.join(GAP);
}
