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

/** Lanes of a workgroup that adds partials (kernels_wgsl/lane_sums.wgsl, lane_moments.wgsl). */
export const SUM_LANES = 256;

/** The most partials of a sum over pixels: eight turns of a workgroup that adds them. */
const MOST_PARTIALS = 32 * SUM_LANES;

/**
 * Pixels of a partial of `sums` sums over `pixels` pixels. There are enough partials for many
 * invocations, at most as many as a workgroup adds quickly, and each covers at least 32 pixels.
 */
export function partialPixels(pixels: number, sums: number): number {
  return Math.max(32, Math.ceil(pixels * sums / MANY), Math.ceil(pixels / MOST_PARTIALS));
}
