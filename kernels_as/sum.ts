// The sum of maps of one shape, each after its batch norm and ReLU; of none: zeros. A task is one
// block of one image. It works through short runs of pixels, first completed in scratch, so that
// the sum may replace one of the maps.

import { normalisePixels, PIXEL, Source, SOURCE_BYTES } from "./blocks";

/** Pixels of a run. The host asks for scratch for two of them. */
export const SUM_RUN: i32 = 128;

/** With `adds`, the sum is added to what `out` holds. */
export function sum(
  task: i32,
  scratch: usize,
  sources: usize,
  count: i32,
  out: usize,
  adds: i32,
  blocks: i32,
  pixels: i32,
): void {
  const begin = <usize> task * <usize> pixels * PIXEL;
  const value = scratch + <usize> SUM_RUN * PIXEL;
  for (let first = 0; first < pixels; first += SUM_RUN) {
    const length = min(SUM_RUN, pixels - first);
    const at = begin + <usize> first * PIXEL;
    const bytes = <usize> length * PIXEL;
    if (adds) memory.copy(scratch, out + at, bytes);
    else memory.fill(scratch, 0, bytes);
    for (let k = 0; k < count; k++) {
      const source = changetype<Source>(sources + <usize> k * SOURCE_BYTES);
      normalisePixels(value, source.data + at, source, task % blocks, length);
      for (let i: usize = 0; i < bytes; i += 16) {
        v128.store(scratch + i, f32x4.add(v128.load(scratch + i), v128.load(value + i)));
      }
    }
    memory.copy(out + at, scratch, bytes);
  }
}
