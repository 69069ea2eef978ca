/**
 * How work is cut into pieces: pure functions of the shapes, never of the number of threads, so that the bits of a
 * result do not depend on it.
 *
 * @module
 */

/** Enough pieces to keep many threads busy to the end. */
const FEW_PIECES = 16;

/** A piece should take some milliseconds: long enough to be worth the hand-over, short enough to yield in between. */
const MOST_FLOPS = 0.5e9;

/** Rows per strip so that `height` rows fall into equal strips of at most `most` rows. */
export function evenRows(height: number, most: number): number {
  const strips = Math.ceil(height / Math.max(1, Math.min(most, height)));
  return Math.ceil(height / strips);
}

/** Strips of rows, times groups of output blocks. */
export interface Cut {
  readonly stripRows: number;
  readonly strips: number;
  readonly groups: number;
}

/**
 * Cuts a matrix product over the pixels of `images` maps.
 *
 * @param rowBytes packed bytes that one more row costs
 * @param cacheBytes what a strip should fit into
 * @param flops of the whole step
 */
export function cutRows(
  images: number,
  height: number,
  outBlocks: number,
  rowBytes: number,
  cacheBytes: number,
  flops: number,
): Cut {
  let stripRows = evenRows(height, Math.floor(cacheBytes / rowBytes));
  // Small images: rather more strips than idle threads, down to two rows a strip.
  while (stripRows > 2 && images * Math.ceil(height / stripRows) < FEW_PIECES) {
    stripRows = evenRows(height, stripRows - 1);
  }
  const strips = Math.ceil(height / stripRows);
  const wanted = Math.max(FEW_PIECES, flops / MOST_FLOPS) / (images * strips);
  return { stripRows, strips, groups: Math.max(1, Math.min(outBlocks, Math.ceil(wanted))) };
}

/** Into how many shares a sum over strips is cut, each with a copy of the result, given how many other pieces there are. */
export function sharesOf(
  strips: number,
  others: number,
  copyBytes: number,
  mostBytes: number,
  flops: number,
): number {
  const wanted = Math.ceil(Math.max(FEW_PIECES, flops / MOST_FLOPS) / others);
  const room = Math.max(1, Math.floor(mostBytes / copyBytes));
  return Math.max(1, Math.min(wanted, strips, room));
}
