/**
 * Justified rows: pictures of one row have one height, and every row fills the width. The rows are
 * chosen together, so the last one is like the others.
 *
 * @module
 */

/** The place of one picture, in px; rows are as wide as each other. */
export interface Cell {
  readonly row: number;
  readonly x: number;
  readonly width: number;
  readonly height: number;
}

/** Rows of pictures. */
export interface JustifiedRows {
  /** One for each picture, in order. */
  readonly cells: readonly Cell[];
  /** The height of each row, px. */
  readonly heights: readonly number[];
  /** The width of all rows, px. */
  readonly width: number;
}

/** The size of rows. */
export interface RowSize {
  /** The most that a row is wide. */
  readonly width: number;
  /** The wished height of a row. */
  readonly height: number;
  /** Between two pictures of a row. */
  readonly space: number;
}

/** Pictures too few for a row may be this many times as high as wished. */
const MOST_HEIGHT = 1.5;

/** Divides pictures of these proportions (width to height) into rows, in order. */
export function justify(proportions: readonly number[], size: RowSize): JustifiedRows {
  if (proportions.length === 0) return { cells: [], heights: [], width: 0 };
  const heightOf = (from: number, to: number) => {
    const sum = proportions.slice(from, to).reduce((sum, one) => sum + one, 0);
    return (size.width - size.space * (to - from - 1)) / sum;
  };
  const ofOneRow = heightOf(0, proportions.length);
  const ends = ofOneRow >= size.height
    ? [proportions.length]
    : rowEnds(proportions.length, heightOf, size.height);
  const cells: Cell[] = [];
  const heights: number[] = [];
  let from = 0;
  for (const [row, to] of ends.entries()) {
    const full = heightOf(from, to);
    const exact = ends.length > 1 ? full : Math.min(full, MOST_HEIGHT * size.height);
    const height = Math.max(1, Math.round(exact));
    let at = 0;
    for (let k = from; k < to; k++) {
      const x = Math.round(at);
      at += Math.max(1, proportions[k] * exact);
      cells.push({ row, x, width: Math.max(1, Math.round(at) - x), height });
      at += size.space;
    }
    heights.push(height);
    from = to;
  }
  return { cells, heights, width: Math.max(...cells.map(({ x, width }) => x + width)) };
}

/**
 * Where rows end, so that the heights differ least from the wished one. A row of half the height
 * counts as much as one of twice the height.
 */
function rowEnds(
  count: number,
  heightOf: (from: number, to: number) => number,
  wished: number,
): number[] {
  const least = [0];
  const begins = [0];
  for (let to = 1; to <= count; to++) {
    least[to] = Infinity;
    for (let from = to - 1; from >= 0; from--) {
      const height = heightOf(from, to);
      // A row too narrow for its spaces cannot be.
      if (height <= 0) break;
      const cost = least[from] + Math.log(height / wished) ** 2;
      if (cost < least[to]) [least[to], begins[to]] = [cost, from];
    }
  }
  const ends: number[] = [];
  for (let to = count; to > 0; to = begins[to]) ends.unshift(to);
  return ends;
}
