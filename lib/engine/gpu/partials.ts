/**
 * Splits sums over the pixels of a batch into partials. The split is a function of shapes alone, so
 * the order of additions, and with it every bit, is the same on every adapter and in every variant
 * of a kernel.
 *
 * @module
 */

/** Number of invocations that keep a GPU busy. */
const MANY = 65536;

/** The most memory for all partials of a weight gradient, in bytes. */
const MOST_PARTIAL_BYTES = 96 * 1024 * 1024;

/**
 * Rows of a partial of a weight gradient. There are enough partials for many invocations, at most
 * as many as fit into memory, and each covers at least `leastPixels` pixels, so that adding them
 * costs little.
 */
export function partialRows(
  rows: number,
  width: number,
  invocations: number,
  partialBytes: number,
  leastPixels = 64,
): number {
  const most = Math.min(
    Math.ceil(MANY / invocations),
    Math.max(1, Math.floor(MOST_PARTIAL_BYTES / partialBytes)),
    Math.max(1, Math.floor(rows * width / leastPixels)),
    rows,
  );
  return Math.ceil(rows / most);
}

/**
 * Pixels of a partial of a sum over `pixels` pixels: about the square root, so that adding pixels
 * and adding partials take equally long.
 */
export function partialPixels(pixels: number): number {
  return Math.max(64, Math.ceil(Math.sqrt(pixels) / 16) * 16);
}
