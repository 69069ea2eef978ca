// The layout of maps in memory, and the way in which steps read them.
//
// A map [n, c, h, w] is stored as [n][c / 8][h][w][8]: eight channels of a pixel side by side, two
// v128. Channels past c in the last block are zero in every tensor that a kernel multiplies. A
// plane [n, c, h, w] is dense. No tensor has a halo: packWindow() writes the zeros around an image
// when it packs a window, after batch norm and ReLU.

import { fma } from "./fma";

/** Bytes of one pixel of one block: 8 floats. */
export const PIXEL: usize = 32;

/** Bytes of a matrix of weights [8 in][8 out], and of the nine of a 3x3 convolution. */
export const MATRIX: usize = 8 * PIXEL;
export const WEIGHT_BLOCK: usize = 9 * MATRIX;

/** A tensor as a step reads it; the host writes the record. */
@unmanaged
export class Source {
  /** First byte of the tensor. */
  data: usize;
  /** First byte of [4][blocks * 8]: mean, rstd, scale, shift; 0 for none. */
  norm: usize;
  /** The smallest value after the norm: 0 for ReLU, -infinity for none. */
  low: f32;
  /** Blocks of 8 channels. */
  blocks: i32;
  /** Channels of a plane, which is dense; 0 for a map. */
  planeChannels: i32;
  height: i32;
  width: i32;
  /** Position of the tensor in its reader's frame. */
  top: i32;
  left: i32;
}

/** A map that a convolution writes: `blocks` blocks of a window of the frame. */
@unmanaged
export class Target {
  data: usize;
  blocks: i32;
  height: i32;
  width: i32;
  top: i32;
  left: i32;
}

/** Bytes of a Source and of a Target record. */
export const SOURCE_BYTES: usize = offsetof<Source>();
export const TARGET_BYTES: usize = offsetof<Target>();

/** Bytes from the start of a map to the first pixel of row `y` of a block of image n. */
// @inline
export function placeOf(source: Source, n: i32, block: i32, y: i32): usize {
  const row = (n * source.blocks + block) * source.height + y;
  return <usize> row * <usize> source.width * PIXEL;
}

/** Pixels after a packed block of a window: a tile of 6 pixels may read past the end. */
export const WINDOW_SLACK: i32 = 8;

/** Pixels of one packed block of a window. */
export function windowPixels(rows: i32, columns: i32): usize {
  return <usize> ((rows + 2) * (columns + 2) + WINDOW_SLACK);
}

/**
 * Packs one block of a window of a source, with a halo of one pixel: rows y0 - 1 to y0 + rows,
 * columns x0 - 1 to x0 + columns of image n in the reader's frame. It is zero outside the source;
 * batch norm and ReLU are applied inside. The layout is [row][column][8] with rows of columns + 2
 * pixels, no power of two for the usual widths.
 */
export function packWindow(
  out: usize,
  source: Source,
  block: i32,
  n: i32,
  y0: i32,
  rows: i32,
  x0: i32,
  columns: i32,
): void {
  const rowBytes = <usize> (columns + 2) * PIXEL;
  // Columns of the source that lie in the window.
  const first = max(0, x0 - 1 - source.left);
  const last = min(source.width, x0 + columns + 1 - source.left);
  const count = last - first;
  const before = <usize> (first + source.left - (x0 - 1)) * PIXEL;
  for (let r = -1; r <= rows; r++) {
    const y = y0 + r - source.top;
    if (y < 0 || y >= source.height || count <= 0) {
      memory.fill(out, 0, rowBytes);
    } else {
      const inside = <usize> count * PIXEL;
      memory.fill(out, 0, before);
      packPixels(out + before, source, n, block, y * source.width + first, count);
      memory.fill(out + before + inside, 0, rowBytes - before - inside);
    }
    out += rowBytes;
  }
}

/** Packs pixels [first, first + count) of a block of image n, numbered row by row, without halo. */
export function packPixels(
  out: usize,
  source: Source,
  n: i32,
  block: i32,
  first: i32,
  count: i32,
): void {
  const pixels = source.height * source.width;
  if (source.planeChannels) {
    packPlane(out, source, n, block, first, count);
    return;
  }
  const from = source.data + (<usize> (n * source.blocks + block) * pixels + first) * PIXEL;
  normalisePixels(out, from, source, block, count);
}

/**
 * Spreads the dense channels of a plane over the lanes of a block; lanes without a channel get
 * zeros.
 */
function packPlane(
  out: usize,
  source: Source,
  n: i32,
  block: i32,
  first: i32,
  count: i32,
): void {
  const pixels = source.height * source.width;
  const lanes = min(8, source.planeChannels - block * 8);
  memory.fill(out, 0, <usize> count * PIXEL);
  for (let lane = 0; lane < lanes; lane++) {
    const channel = n * source.planeChannels + block * 8 + lane;
    let from = source.data + (<usize> channel * pixels + first) * 4;
    let to = out + <usize> lane * 4;
    for (let i = 0; i < count; i++) {
      store<f32>(to, load<f32>(from));
      from += 4;
      to += PIXEL;
    }
  }
}

/** Copies `count` pixels of a block and applies batch norm and ReLU, where the source has them. */
export function normalisePixels(
  out: usize,
  from: usize,
  source: Source,
  block: i32,
  count: i32,
): void {
  const low = f32x4.splat(source.low);
  if (!source.norm) {
    memory.copy(out, from, <usize> count * PIXEL);
    if (source.low == 0) {
      for (let end = out + <usize> count * PIXEL; out < end; out += 16) {
        v128.store(out, f32x4.max(v128.load(out), low));
      }
    }
    return;
  }
  const row = <usize> source.blocks * PIXEL;
  const norm = source.norm + <usize> block * PIXEL;
  const mean0 = v128.load(norm);
  const mean1 = v128.load(norm, 16);
  const scale0 = v128.load(norm + 2 * row);
  const scale1 = v128.load(norm + 2 * row, 16);
  const shift0 = v128.load(norm + 3 * row);
  const shift1 = v128.load(norm + 3 * row, 16);
  for (let i = 0; i < count; i++) {
    const x0 = f32x4.sub(v128.load(from), mean0);
    const x1 = f32x4.sub(v128.load(from, 16), mean1);
    v128.store(out, f32x4.max(fma.madd(x0, scale0, shift0), low));
    v128.store(out, f32x4.max(fma.madd(x1, scale1, shift1), low), 16);
    from += PIXEL;
    out += PIXEL;
  }
}
