// The sum of maps of one shape, each after its batch norm and ReLU; zeros for no maps. A task is
// one block of one image. It computes short runs of pixels in scratch before it stores them, so the
// sum may overwrite one of the maps. Memory limits the speed. Beside it, the backward pass through
// a ReLU behind a sum.

import { normalisePixels, PIXEL, Source, SOURCE_BYTES } from "./blocks";

/** Pixels of a run. Scratch holds two runs. */
export const SUM_RUN: i32 = 128;

/** Sums `count` maps; with `adds` the sum is added to `out`. */
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

/**
 * The gradient where the source's value is positive, else zero; with `adds` it is added to `out`. A
 * task is one block of one image.
 */
export function reluGradient(
  task: i32,
  scratch: usize,
  sources: usize,
  gradient: usize,
  out: usize,
  adds: i32,
  blocks: i32,
  pixels: i32,
): void {
  const source = changetype<Source>(sources);
  const begin = <usize> task * <usize> pixels * PIXEL;
  const zero = f32x4.splat(0);
  for (let first = 0; first < pixels; first += SUM_RUN) {
    const length = min(SUM_RUN, pixels - first);
    const at = begin + <usize> first * PIXEL;
    const bytes = <usize> length * PIXEL;
    normalisePixels(scratch, source.data + at, source, task % blocks, length);
    for (let i: usize = 0; i < bytes; i += 16) {
      const passes = f32x4.gt(v128.load(scratch + i), zero);
      const value = v128.and(v128.load(gradient + at + i), passes);
      const to = out + at + i;
      v128.store(to, adds ? f32x4.add(v128.load(to), value) : value);
    }
  }
}
