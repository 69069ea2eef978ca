// Every element times a factor of its own, 0 or `factor`, after the source's batch norm and ReLU.
//
// A block of four random words (philox.ts) decides about four channels of one pixel, so a pixel of
// a block of eight channels takes two. Nothing is stored for the backward pass: it draws the same
// words again. A task is one block of one image. The words are most of the work, some 60
// instructions for four elements.

import { normalisePixels, PIXEL, Source } from "./blocks";
import { philox } from "./philox";

/** Pixels that are read and multiplied in one go, so that they stay in the cache. */
const RUN_PIXELS: i32 = 128;

/**
 * `words` holds eight floats, the lower and upper 16 bits of the key's two words, of the step and
 * of the purpose. An element is kept where its random word is at least `least`. `scratch` has room
 * for two blocks of words.
 */
export function elementDropout(
  task: i32,
  scratch: usize,
  sources: usize,
  words: usize,
  least: u32,
  factor: f32,
  out: usize,
): void {
  const source = changetype<Source>(sources);
  const pixels = source.height * source.width;
  const begin = <usize> task * <usize> pixels * PIXEL;
  const image = <u32> (task / source.blocks);
  const block = task % source.blocks;
  const key0 = wordOf(words, 0);
  const key1 = wordOf(words, 1);
  const step = wordOf(words, 2);
  const purpose = wordOf(words, 3);
  const kept = f32x4.splat(factor);
  const limit = i32x4.splat(least);
  // Counters of the lower and of the upper four channels.
  const lower = <u32> (2 * block * pixels);
  const upper = lower + <u32> pixels;
  for (let first = 0; first < pixels; first += RUN_PIXELS) {
    const count = min(RUN_PIXELS, pixels - first);
    const at = begin + <usize> first * PIXEL;
    normalisePixels(out + at, source.data + at, source, block, count);
    for (let i = 0; i < count; i++) {
      const place = out + at + <usize> i * PIXEL;
      const pixel = <u32> (first + i);
      philox(key0, key1, lower + pixel, image, step, purpose, scratch);
      philox(key0, key1, upper + pixel, image, step, purpose, scratch + 16);
      drop(place, scratch, limit, kept);
      drop(place + 16, scratch + 16, limit, kept);
    }
  }
}

/** Word `index` of those that the host wrote in halves. */
// @inline
function wordOf(words: usize, index: usize): u32 {
  return <u32> load<f32>(words + index * 8) | <u32> load<f32>(words + index * 8, 4) << 16;
}

/** Multiplies four elements by their factors. */
// @inline
function drop(place: usize, random: usize, limit: v128, kept: v128): void {
  const factors = v128.and(i32x4.ge_u(v128.load(random), limit), kept);
  v128.store(place, f32x4.mul(v128.load(place), factors));
}
