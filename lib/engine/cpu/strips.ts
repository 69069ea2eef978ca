/**
 * How work is cut: pure functions of the shapes, never of the number of threads, so that the bits
 * of a result do not depend on it. Five words name the parts of work, here and in the kernels:
 *
 * - **task**: what a thread takes at a time; a job is all tasks of one kernel call,
 * - **strip**: consecutive rows of one image,
 * - **tile**: the results that stay in registers while they are computed,
 * - **partial**: one summand of a sum that several tasks compute; partials are added in order,
 * - **slab**: the rows of one dispatch, on the GPU alone.
 *
 * @module
 */

/** Enough tasks to keep many threads busy to the end. */
const FEW_TASKS = 16;

/**
 * A task should take some milliseconds: long enough to be worth the hand-over, short enough to
 * yield in between.
 */
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
  while (stripRows > 2 && images * Math.ceil(height / stripRows) < FEW_TASKS) {
    stripRows = evenRows(height, stripRows - 1);
  }
  const strips = Math.ceil(height / stripRows);
  const wanted = Math.max(FEW_TASKS, flops / MOST_FLOPS) / (images * strips);
  return { stripRows, strips, groups: Math.max(1, Math.min(outBlocks, Math.ceil(wanted))) };
}

/**
 * Number of partials of a sum over strips. Each has its own copy of the result, so more of them
 * cost memory; fewer leave threads idle.
 *
 * @param others tasks of each partial
 * @param partialBytes bytes of one
 * @param mostBytes bytes of all
 * @param flops of the whole step
 */
export function partialsOf(
  strips: number,
  others: number,
  partialBytes: number,
  mostBytes: number,
  flops: number,
): number {
  const wanted = Math.ceil(Math.max(FEW_TASKS, flops / MOST_FLOPS) / others);
  const room = Math.max(1, Math.floor(mostBytes / partialBytes));
  return Math.max(1, Math.min(wanted, strips, room));
}
