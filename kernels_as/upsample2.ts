// Bilinear upsampling to twice the size with aligned corners, and its gradient:
//
//   out[y, x] = in at (y * (h - 1) / (2 h - 1), x * (w - 1) / (2 w - 1)), linear between pixels
//
// A task is one block of one image. The gradient kernel adds every output pixel's gradient to its
// four neighbours, in row-major order. No other task writes to the block, so the order is fixed.
// Arithmetic is float32 as in PyTorch.

import { normalisePixels, PIXEL, Source } from "./blocks";
import { fma } from "./fma";

/** Input pixels per output pixel along one axis. */
// @inline
function stepOf(size: i32): f32 {
  return f32(size - 1) / f32(size + size - 1);
}

export function upsample2(task: i32, scratch: usize, sources: usize, out: usize): void {
  const source = changetype<Source>(sources);
  const height = source.height;
  const width = source.width;
  const rowBytes = <usize> width * PIXEL;
  const dy = stepOf(height);
  const dx = stepOf(width);
  const block = task % source.blocks;
  const plane = source.data + <usize> task * <usize> height * rowBytes;
  let to = out + <usize> task * 4 * <usize> height * rowBytes;
  // Scratch holds the two input rows in use, after batch norm and ReLU: row y in slot y % 2.
  let ready = -1;
  for (let oy = 0; oy < 2 * height; oy++) {
    const fy = dy * <f32> oy;
    const y = <i32> fy;
    const next = min(y + 1, height - 1);
    while (ready < next) {
      ready++;
      const slot = scratch + <usize> (ready & 1) * rowBytes;
      normalisePixels(slot, plane + <usize> ready * rowBytes, source, block, width);
    }
    const upper = scratch + <usize> (y & 1) * rowBytes;
    const lower = scratch + <usize> (next & 1) * rowBytes;
    const b = f32x4.splat(fy - <f32> y);
    const a = f32x4.splat(1 - (fy - <f32> y));
    for (let ox = 0; ox < 2 * width; ox++) {
      const fx = dx * <f32> ox;
      const x = <i32> fx;
      const right = f32x4.splat(fx - <f32> x);
      const left = f32x4.splat(1 - (fx - <f32> x));
      const at = <usize> x * PIXEL;
      const beside = <usize> min(x + 1, width - 1) * PIXEL;
      for (let half: usize = 0; half < PIXEL; half += 16) {
        const top = f32x4.add(
          f32x4.mul(left, v128.load(upper + at + half)),
          f32x4.mul(right, v128.load(upper + beside + half)),
        );
        const bottom = f32x4.add(
          f32x4.mul(left, v128.load(lower + at + half)),
          f32x4.mul(right, v128.load(lower + beside + half)),
        );
        v128.store(to + half, f32x4.add(f32x4.mul(a, top), f32x4.mul(b, bottom)));
      }
      to += PIXEL;
    }
  }
}

/** `height` and `width` are those of the source, whose gradient is written to `out`. */
export function upsample2Gradient(
  task: i32,
  _scratch: usize,
  gradient: usize,
  out: usize,
  height: i32,
  width: i32,
): void {
  const rowBytes = <usize> width * PIXEL;
  const dy = stepOf(height);
  const dx = stepOf(width);
  const plane = out + <usize> task * <usize> height * rowBytes;
  memory.fill(plane, 0, <usize> height * rowBytes);
  let from = gradient + <usize> task * 4 * <usize> height * rowBytes;
  for (let oy = 0; oy < 2 * height; oy++) {
    const fy = dy * <f32> oy;
    const y = <i32> fy;
    const b = fy - <f32> y;
    const upper = plane + <usize> y * rowBytes;
    const lower = plane + <usize> min(y + 1, height - 1) * rowBytes;
    for (let ox = 0; ox < 2 * width; ox++) {
      const fx = dx * <f32> ox;
      const x = <i32> fx;
      const r = fx - <f32> x;
      const at = <usize> x * PIXEL;
      const beside = <usize> min(x + 1, width - 1) * PIXEL;
      for (let half: usize = 0; half < PIXEL; half += 16) {
        const g = v128.load(from + half);
        add(upper + at + half, g, (1 - b) * (1 - r));
        add(upper + beside + half, g, (1 - b) * r);
        add(lower + at + half, g, b * (1 - r));
        add(lower + beside + half, g, b * r);
      }
      from += PIXEL;
    }
  }
}

// @inline
function add(to: usize, g: v128, factor: f32): void {
  v128.store(to, fma.madd(g, f32x4.splat(factor), v128.load(to)));
}
