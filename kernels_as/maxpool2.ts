// Max-pooling 2x2, stride 2, and its gradient. The maximum is taken after batch norm and ReLU,
// since a negative gamma reverses the order. The gradient kernel computes the four values again and
// adds the gradient to that of the first maximum in row-major order, as PyTorch does. A task is one
// row of the output, all blocks; an odd last row or column is dropped. Memory limits the speed.

import { normalisePixels, PIXEL, Source } from "./blocks";

/** Packs input rows 2 y and 2 y + 1 of a block into scratch, with batch norm and ReLU. */
function twoRows(scratch: usize, source: Source, n: i32, block: i32, y: i32): void {
  const from = source.data +
    <usize> ((n * source.blocks + block) * source.height + 2 * y) * <usize> source.width * PIXEL;
  normalisePixels(scratch, from, source, block, 2 * source.width);
}

export function maxpool2(task: i32, scratch: usize, sources: usize, out: usize): void {
  const source = changetype<Source>(sources);
  const height = source.height >> 1;
  const width = source.width >> 1;
  const n = task / height;
  const y = task % height;
  for (let block = 0; block < source.blocks; block++) {
    twoRows(scratch, source, n, block, y);
    let above = scratch;
    let below = scratch + <usize> source.width * PIXEL;
    let to = out + <usize> ((n * source.blocks + block) * height + y) * <usize> width * PIXEL;
    for (let i = 0; i < 2 * width; i++) {
      // i counts half pixels of the output: four channels of a pair of columns.
      const half = <usize> (i & 1) * 16;
      const a = f32x4.max(v128.load(above + half), v128.load(above + half, 32));
      const b = f32x4.max(v128.load(below + half), v128.load(below + half, 32));
      v128.store(to + half, f32x4.max(a, b));
      if (i & 1) {
        above += 2 * PIXEL;
        below += 2 * PIXEL;
        to += PIXEL;
      }
    }
  }
}

/** Adds the gradient of one output row to `out`, the gradient of the source's values. */
export function maxpool2Gradient(
  task: i32,
  scratch: usize,
  sources: usize,
  gradient: usize,
  out: usize,
): void {
  const source = changetype<Source>(sources);
  const height = source.height >> 1;
  const width = source.width >> 1;
  const n = task / height;
  const y = task % height;
  const rowBytes = <usize> source.width * PIXEL;
  for (let block = 0; block < source.blocks; block++) {
    twoRows(scratch, source, n, block, y);
    const plane = n * source.blocks + block;
    let g = gradient + <usize> (plane * height + y) * <usize> width * PIXEL;
    let to = out + <usize> (plane * source.height + 2 * y) * rowBytes;
    let from = scratch;
    for (let x = 0; x < width; x++) {
      for (let half: usize = 0; half < PIXEL; half += 16) {
        const v0 = v128.load(from + half);
        const v1 = v128.load(from + half, 32);
        const v2 = v128.load(from + rowBytes + half);
        const v3 = v128.load(from + rowBytes + half, 32);
        const most = f32x4.max(f32x4.max(v0, v1), f32x4.max(v2, v3));
        let open = v128.load(g + half);
        open = give(to + half, v0, most, open);
        open = give(to + half + 32, v1, most, open);
        open = give(to + rowBytes + half, v2, most, open);
        give(to + rowBytes + half + 32, v3, most, open);
      }
      from += 2 * PIXEL;
      to += 2 * PIXEL;
      g += PIXEL;
    }
  }
}

/**
 * Adds the gradient to the `open` lanes whose value is the maximum; returns the lanes that remain
 * open.
 */
// @inline
function give(to: usize, value: v128, most: v128, open: v128): v128 {
  const here = f32x4.eq(value, most);
  v128.store(to, f32x4.add(v128.load(to), v128.and(open, here)));
  return v128.andnot(open, here);
}
