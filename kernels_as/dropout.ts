// Every channel of an image times its factor, after the source's batch norm and ReLU. A task is one
// block of one image. Memory limits the speed.

import { normalisePixels, PIXEL, Source } from "./blocks";

/** Pixels that are read and multiplied in one go, so that they stay in the cache. */
const RUN_PIXELS: i32 = 128;

/** `factors` is [image][blocks * 8], so that a task is also the number of its factors' block. */
export function dropout(
  task: i32,
  _scratch: usize,
  sources: usize,
  factors: usize,
  out: usize,
): void {
  const source = changetype<Source>(sources);
  const pixels = source.height * source.width;
  const begin = <usize> task * <usize> pixels * PIXEL;
  const factor0 = v128.load(factors + <usize> task * PIXEL);
  const factor1 = v128.load(factors + <usize> task * PIXEL, 16);
  for (let first = 0; first < pixels; first += RUN_PIXELS) {
    const count = min(RUN_PIXELS, pixels - first);
    const at = begin + <usize> first * PIXEL;
    normalisePixels(out + at, source.data + at, source, task % source.blocks, count);
    for (let p = out + at, end = p + <usize> count * PIXEL; p < end; p += PIXEL) {
      v128.store(p, f32x4.mul(v128.load(p), factor0));
      v128.store(p, f32x4.mul(v128.load(p, 16), factor1), 16);
    }
  }
}
