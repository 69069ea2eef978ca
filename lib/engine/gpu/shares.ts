/**
 * How a sum over the pixels of a batch is split: a function of shapes alone, so that its order of
 * additions, and with it every bit, is the same on every adapter and in every variant of a kernel.
 *
 * @module
 */

/** Invocations that keep a GPU busy. */
const MANY = 65536;

/** The most that the copies of a weight gradient may take together, in bytes. */
const MOST_COPY_BYTES = 64 * 1024 * 1024;

/**
 * Rows of a share of a weight gradient: enough shares for many invocations, but at most as many
 * copies as fit, and at least `leastPixels` pixels each, so that adding the copies costs little.
 */
export function shareRows(
  rows: number,
  width: number,
  invocations: number,
  copyBytes: number,
  leastPixels = 64,
): number {
  const most = Math.min(
    Math.ceil(MANY / invocations),
    Math.max(1, Math.floor(MOST_COPY_BYTES / copyBytes)),
    Math.max(1, Math.floor(rows * width / leastPixels)),
    rows,
  );
  return Math.ceil(rows / most);
}

/**
 * Pixels of a piece of a sum over `pixels` pixels: about its square root, since the pieces are
 * added one by one.
 */
export function piecePixels(pixels: number): number {
  return Math.max(64, Math.ceil(Math.sqrt(pixels) / 16) * 16);
}
