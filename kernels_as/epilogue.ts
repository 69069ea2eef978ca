// The end of a convolution, for a window of one output block: bias and ReLU (prediction), moments
// (training), and the store to the target. A window is [row][column][8]; its rows are `pitch`
// pixels apart, of which `columns` are valid.
//
// The module has one variable, blockOfTarget. targetOf() sets it, and its callers read it at once.
// Each thread has an instance of the module, so threads do not share the variable.

import { PIXEL, Target, TARGET_BYTES } from "./blocks";
import { fma } from "./fma";

/** Adds the bias (none if 0) and applies the lower bound `low`, in place. */
export function finish(
  window: usize,
  rows: i32,
  columns: i32,
  pitch: i32,
  bias: usize,
  low: f32,
): void {
  let bias0 = f32x4.splat(0), bias1 = bias0;
  if (bias) {
    bias0 = v128.load(bias);
    bias1 = v128.load(bias, 16);
  }
  const floor = f32x4.splat(low);
  for (let y = 0; y < rows; y++) {
    const end = window + <usize> columns * PIXEL;
    for (let p = window; p < end; p += PIXEL) {
      v128.store(p, f32x4.max(f32x4.add(v128.load(p), bias0), floor));
      v128.store(p, f32x4.max(f32x4.add(v128.load(p, 16), bias1), floor), 16);
    }
    window += <usize> pitch * PIXEL;
  }
}

/**
 * Computes per channel an approximate mean, the rest of the mean, and M2, the sum of squared
 * distances from it, by the corrected two-pass algorithm (Chan, Golub, LeVeque 1983). Both passes
 * sum differences; the first pass takes them from the window's first value. So a large mean costs
 * no digits, and a constant channel has a variance of exactly zero.
 */
export function takeMoments(
  window: usize,
  rows: i32,
  columns: i32,
  pitch: i32,
  moments: usize,
  row: usize,
): void {
  const first0 = v128.load(window);
  const first1 = v128.load(window, 16);
  let sum0 = f32x4.splat(0), sum1 = sum0;
  const gap = <usize> (pitch - columns) * PIXEL;
  let pixels = window;
  for (let y = 0; y < rows; y++) {
    const end = pixels + <usize> columns * PIXEL;
    for (let p = pixels; p < end; p += PIXEL) {
      sum0 = f32x4.add(sum0, f32x4.sub(v128.load(p), first0));
      sum1 = f32x4.add(sum1, f32x4.sub(v128.load(p, 16), first1));
    }
    pixels = end + gap;
  }
  const count = f32x4.splat(<f32> (rows * columns));
  const mean0 = f32x4.add(first0, f32x4.div(sum0, count));
  const mean1 = f32x4.add(first1, f32x4.div(sum1, count));

  sum0 = f32x4.splat(0);
  sum1 = sum0;
  let square0 = sum0, square1 = sum0;
  pixels = window;
  for (let y = 0; y < rows; y++) {
    const end = pixels + <usize> columns * PIXEL;
    for (let p = pixels; p < end; p += PIXEL) {
      const d0 = f32x4.sub(v128.load(p), mean0);
      const d1 = f32x4.sub(v128.load(p, 16), mean1);
      sum0 = f32x4.add(sum0, d0);
      sum1 = f32x4.add(sum1, d1);
      square0 = fma.madd(d0, d0, square0);
      square1 = fma.madd(d1, d1, square1);
    }
    pixels = end + gap;
  }
  storeMoments(moments, row, mean0, sum0, square0, count);
  storeMoments(moments + 16, row, mean1, sum1, square1, count);
}

function storeMoments(
  to: usize,
  row: usize,
  mean: v128,
  sum: v128,
  squares: v128,
  count: v128,
): void {
  const rest = f32x4.div(sum, count);
  v128.store(to, mean);
  v128.store(to + row, rest);
  v128.store(to + 2 * row, fma.nmadd(rest, sum, squares));
}

/** The target of an output block. */
function targetOf(targets: usize, block: i32): Target {
  let target = changetype<Target>(targets);
  while (block >= target.blocks) {
    block -= target.blocks;
    targets += TARGET_BYTES;
    target = changetype<Target>(targets);
  }
  blockOfTarget = block;
  return target;
}

/** The index of the block within the target that targetOf() found. */
let blockOfTarget: i32 = 0;

/** Pixels from row to row in the target of an output block. */
export function pitchOf(targets: usize, block: i32): i32 {
  return targetOf(targets, block).width;
}

/** Address of the window's first pixel in the target; 0 if the target lacks part of the window. */
export function placeOf(
  targets: usize,
  block: i32,
  n: i32,
  y0: i32,
  rows: i32,
  x0: i32,
  columns: i32,
): usize {
  const target = targetOf(targets, block);
  const y = y0 - target.top, x = x0 - target.left;
  if (y < 0 || y + rows > target.height || x < 0 || x + columns > target.width) return 0;
  const row = (n * target.blocks + blockOfTarget) * target.height + y;
  return target.data + (<usize> row * <usize> target.width + x) * PIXEL;
}

/**
 * Copies a window of one output block to the block's target, clipped to the target. The window's
 * first pixel is (y0, x0) of the frame.
 */
export function storeWindow(
  window: usize,
  targets: usize,
  block: i32,
  n: i32,
  y0: i32,
  rows: i32,
  x0: i32,
  columns: i32,
  pitch: i32,
): void {
  const target = targetOf(targets, block);
  const first = max(x0, target.left);
  const last = min(x0 + columns, target.left + target.width);
  if (first >= last) return;
  const map = target.data +
    <usize> ((n * target.blocks + blockOfTarget) * target.height) * <usize> target.width * PIXEL;
  for (let r = 0; r < rows; r++) {
    const y = y0 + r - target.top;
    if (y < 0 || y >= target.height) continue;
    const from = window + <usize> (r * pitch + first - x0) * PIXEL;
    const to = map + <usize> (y * target.width + first - target.left) * PIXEL;
    memory.copy(to, from, <usize> (last - first) * PIXEL);
  }
}
