/**
 * Cuts work into tasks. The cuts are functions of the shapes, never of the number of threads, so
 * the bits of a result do not depend on it. Five words name the parts of work, here and in the
 * kernels:
 *
 * - **task**: what a thread takes at a time; a job is all tasks of one kernel call,
 * - **strip**: consecutive rows of one image,
 * - **tile**: the results that stay in registers while they are computed,
 * - **partial**: one summand of a sum that several tasks compute; partials are added in order,
 * - **slab**: the rows of one dispatch, on the GPU alone.
 *
 * @module
 */
import { PANEL_PIXELS } from "../../../kernels_as/build/kernels.ts";
import { PIXEL_BYTES } from "./layout.ts";

/** Number of tasks that keeps many threads busy to the end. */
const FEW_TASKS = 16;

/**
 * Most FLOPs of a task. A task should take some milliseconds: long compared with taking it, short
 * enough to yield in between.
 */
const MOST_FLOPS = 0.5e9;

/** Rows per strip, so that `height` rows divide into even strips of at most `most` rows. */
export function evenRows(height: number, most: number): number {
  const strips = Math.ceil(height / Math.max(1, Math.min(most, height)));
  return Math.ceil(height / strips);
}

/** Bytes of a packed block of a strip, with room for the last panel to read past the end. */
export function packedBytes(pixels: number): number {
  return (pixels + PANEL_PIXELS) * PIXEL_BYTES;
}

/** Strips of rows, and groups of output blocks. */
export interface Cut {
  readonly stripRows: number;
  readonly strips: number;
  readonly groups: number;
}

/**
 * Cuts a matrix product over the pixels of `images` maps.
 *
 * @param rowBytes packed bytes of a row
 * @param cacheBytes upper bound of a packed strip
 * @param flops FLOPs of the whole step
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
  // Small images are cut into more strips, down to two rows each, to keep threads busy.
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
 * @param others tasks per partial
 * @param partialBytes bytes of one partial
 * @param mostBytes the most bytes of all partials
 * @param flops FLOPs of the whole step
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
