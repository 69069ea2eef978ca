// Matrix products of a Winograd convolution, for each element f:
//
//   M[f][t][o] = sum over i of V[f][t][i] U[f][i][o]
//
// Rows t are tiles, i input channels, o output channels. U has blocks of eight outputs,
// [o / 8][i][8]; M is [o / 8][t][8]. The variants differ in the layout of V and the order in which
// they read it. Variants 1 to 4 have register tiles of 6 rows x 8 outputs. Variants 5 and 6 call
// the product's functions, with 4 rows x 8 outputs. README.md has the measured speeds.

import { PIXEL } from "../../../kernels_as/blocks";
import { multiply, packPanels } from "../../../kernels_as/tile";

const TILE_ELEMENTS: i32 = 36;

/** Variant 1. V in blocks [i / 8][t][8]; a loop over blocks around a loop over their channels. */
export function product1(
  m: usize,
  v: usize,
  u: usize,
  rows: i32,
  inBlocks: i32,
  outBlocks: i32,
  stride: usize,
  weightStride: usize,
): void {
  const blockBytes = <usize> rows * PIXEL;
  for (let f = 0; f < TILE_ELEMENTS; f++) {
    for (let o = 0; o < outBlocks; o++) {
      const weight = u + <usize> (o * inBlocks) * 256;
      for (let t = 0; t < rows; t += 6) {
        const offset = <usize> t * PIXEL;
        blocked(m + <usize> o * blockBytes + offset, v + offset, blockBytes, weight, inBlocks);
      }
    }
    m += stride;
    v += stride;
    u += weightStride;
  }
}

function blocked(out: usize, input: usize, blockBytes: usize, weight: usize, blocks: i32): void {
  let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00;
  let c30 = c00, c31 = c00, c40 = c00, c41 = c00, c50 = c00, c51 = c00;
  for (let b = 0; b < blocks; b++) {
    let p = input;
    for (let i = 0; i < 8; i++) {
      const w0 = v128.load(weight);
      const w1 = v128.load(weight, 16);
      let x = v128.load32_splat(p);
      c00 = f32x4.relaxed_madd(x, w0, c00);
      c01 = f32x4.relaxed_madd(x, w1, c01);
      x = v128.load32_splat(p, 32);
      c10 = f32x4.relaxed_madd(x, w0, c10);
      c11 = f32x4.relaxed_madd(x, w1, c11);
      x = v128.load32_splat(p, 64);
      c20 = f32x4.relaxed_madd(x, w0, c20);
      c21 = f32x4.relaxed_madd(x, w1, c21);
      x = v128.load32_splat(p, 96);
      c30 = f32x4.relaxed_madd(x, w0, c30);
      c31 = f32x4.relaxed_madd(x, w1, c31);
      x = v128.load32_splat(p, 128);
      c40 = f32x4.relaxed_madd(x, w0, c40);
      c41 = f32x4.relaxed_madd(x, w1, c41);
      x = v128.load32_splat(p, 160);
      c50 = f32x4.relaxed_madd(x, w0, c50);
      c51 = f32x4.relaxed_madd(x, w1, c51);
      p += 4;
      weight += 32;
    }
    input += blockBytes;
  }
  v128.store(out, c00);
  v128.store(out, c01, 16);
  v128.store(out, c10, 32);
  v128.store(out, c11, 48);
  v128.store(out, c20, 64);
  v128.store(out, c21, 80);
  v128.store(out, c30, 96);
  v128.store(out, c31, 112);
  v128.store(out, c40, 128);
  v128.store(out, c41, 144);
  v128.store(out, c50, 160);
  v128.store(out, c51, 176);
}

/** Variant 2. V as in variant 1; one loop whose pointer jumps to the next block. */
export function product2(
  m: usize,
  v: usize,
  u: usize,
  rows: i32,
  inBlocks: i32,
  outBlocks: i32,
  stride: usize,
  weightStride: usize,
): void {
  const blockBytes = <usize> rows * PIXEL;
  for (let f = 0; f < TILE_ELEMENTS; f++) {
    for (let o = 0; o < outBlocks; o++) {
      const weight = u + <usize> (o * inBlocks) * 256;
      for (let t = 0; t < rows; t += 6) {
        const offset = <usize> t * PIXEL;
        jumping(m + <usize> o * blockBytes + offset, v + offset, blockBytes, weight, inBlocks);
      }
    }
    m += stride;
    v += stride;
    u += weightStride;
  }
}

/** `weight` starts at a multiple of 256, so its low bits are 0 at the end of a block. */
function jumping(out: usize, input: usize, blockBytes: usize, weight: usize, blocks: i32): void {
  let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00;
  let c30 = c00, c31 = c00, c40 = c00, c41 = c00, c50 = c00, c51 = c00;
  const end = weight + <usize> blocks * 256;
  const jump = blockBytes - 28;
  while (weight < end) {
    const w0 = v128.load(weight);
    const w1 = v128.load(weight, 16);
    let x = v128.load32_splat(input);
    c00 = f32x4.relaxed_madd(x, w0, c00);
    c01 = f32x4.relaxed_madd(x, w1, c01);
    x = v128.load32_splat(input, 32);
    c10 = f32x4.relaxed_madd(x, w0, c10);
    c11 = f32x4.relaxed_madd(x, w1, c11);
    x = v128.load32_splat(input, 64);
    c20 = f32x4.relaxed_madd(x, w0, c20);
    c21 = f32x4.relaxed_madd(x, w1, c21);
    x = v128.load32_splat(input, 96);
    c30 = f32x4.relaxed_madd(x, w0, c30);
    c31 = f32x4.relaxed_madd(x, w1, c31);
    x = v128.load32_splat(input, 128);
    c40 = f32x4.relaxed_madd(x, w0, c40);
    c41 = f32x4.relaxed_madd(x, w1, c41);
    x = v128.load32_splat(input, 160);
    c50 = f32x4.relaxed_madd(x, w0, c50);
    c51 = f32x4.relaxed_madd(x, w1, c51);
    weight += 32;
    input += weight & 255 ? 4 : jump;
  }
  v128.store(out, c00);
  v128.store(out, c01, 16);
  v128.store(out, c10, 32);
  v128.store(out, c11, 48);
  v128.store(out, c20, 64);
  v128.store(out, c21, 80);
  v128.store(out, c30, 96);
  v128.store(out, c31, 112);
  v128.store(out, c40, 128);
  v128.store(out, c41, 144);
  v128.store(out, c50, 160);
  v128.store(out, c51, 176);
}

/**
 * Variant 3. V with contiguous rows, an odd number of cache lines apart; a pointer for each row.
 */
export function product3(
  m: usize,
  v: usize,
  u: usize,
  rows: i32,
  inBlocks: i32,
  outBlocks: i32,
  stride: usize,
  weightStride: usize,
): void {
  const blockBytes = <usize> rows * PIXEL;
  const rowBytes = <usize> ((inBlocks * 32 / 64) | 1) * 64;
  for (let f = 0; f < TILE_ELEMENTS; f++) {
    for (let o = 0; o < outBlocks; o++) {
      const weight = u + <usize> (o * inBlocks) * 256;
      for (let t = 0; t < rows; t += 6) {
        const out = m + <usize> o * blockBytes + <usize> t * PIXEL;
        pointers(out, v + <usize> t * rowBytes, rowBytes, weight, inBlocks * 8);
      }
    }
    m += stride;
    v += stride;
    u += weightStride;
  }
}

function pointers(out: usize, p0: usize, rowBytes: usize, weight: usize, depth: i32): void {
  let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00;
  let c30 = c00, c31 = c00, c40 = c00, c41 = c00, c50 = c00, c51 = c00;
  let p1 = p0 + rowBytes;
  let p2 = p1 + rowBytes;
  let p3 = p2 + rowBytes;
  let p4 = p3 + rowBytes;
  let p5 = p4 + rowBytes;
  for (let i = 0; i < depth; i++) {
    const w0 = v128.load(weight);
    const w1 = v128.load(weight, 16);
    let x = v128.load32_splat(p0);
    c00 = f32x4.relaxed_madd(x, w0, c00);
    c01 = f32x4.relaxed_madd(x, w1, c01);
    x = v128.load32_splat(p1);
    c10 = f32x4.relaxed_madd(x, w0, c10);
    c11 = f32x4.relaxed_madd(x, w1, c11);
    x = v128.load32_splat(p2);
    c20 = f32x4.relaxed_madd(x, w0, c20);
    c21 = f32x4.relaxed_madd(x, w1, c21);
    x = v128.load32_splat(p3);
    c30 = f32x4.relaxed_madd(x, w0, c30);
    c31 = f32x4.relaxed_madd(x, w1, c31);
    x = v128.load32_splat(p4);
    c40 = f32x4.relaxed_madd(x, w0, c40);
    c41 = f32x4.relaxed_madd(x, w1, c41);
    x = v128.load32_splat(p5);
    c50 = f32x4.relaxed_madd(x, w0, c50);
    c51 = f32x4.relaxed_madd(x, w1, c51);
    p0 += 4;
    p1 += 4;
    p2 += 4;
    p3 += 4;
    p4 += 4;
    p5 += 4;
    weight += 32;
  }
  v128.store(out, c00);
  v128.store(out, c01, 16);
  v128.store(out, c10, 32);
  v128.store(out, c11, 48);
  v128.store(out, c20, 64);
  v128.store(out, c21, 80);
  v128.store(out, c30, 96);
  v128.store(out, c31, 112);
  v128.store(out, c40, 128);
  v128.store(out, c41, 144);
  v128.store(out, c50, 160);
  v128.store(out, c51, 176);
}

/** Variant 4. V with the six rows of a register tile interleaved, [t / 6][i][6]: one stream. */
export function product4(
  m: usize,
  v: usize,
  u: usize,
  rows: i32,
  inBlocks: i32,
  outBlocks: i32,
  stride: usize,
  weightStride: usize,
): void {
  const blockBytes = <usize> rows * PIXEL;
  for (let f = 0; f < TILE_ELEMENTS; f++) {
    for (let o = 0; o < outBlocks; o++) {
      const weight = u + <usize> (o * inBlocks) * 256;
      for (let t = 0; t < rows; t += 6) {
        const out = m + <usize> o * blockBytes + <usize> t * PIXEL;
        interleaved(out, v + <usize> (t * inBlocks) * PIXEL, weight, inBlocks * 8);
      }
    }
    m += stride;
    v += stride;
    u += weightStride;
  }
}

function interleaved(out: usize, input: usize, weight: usize, depth: i32): void {
  let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00;
  let c30 = c00, c31 = c00, c40 = c00, c41 = c00, c50 = c00, c51 = c00;
  for (let i = 0; i < depth; i++) {
    const w0 = v128.load(weight);
    const w1 = v128.load(weight, 16);
    let x = v128.load32_splat(input);
    c00 = f32x4.relaxed_madd(x, w0, c00);
    c01 = f32x4.relaxed_madd(x, w1, c01);
    x = v128.load32_splat(input, 4);
    c10 = f32x4.relaxed_madd(x, w0, c10);
    c11 = f32x4.relaxed_madd(x, w1, c11);
    x = v128.load32_splat(input, 8);
    c20 = f32x4.relaxed_madd(x, w0, c20);
    c21 = f32x4.relaxed_madd(x, w1, c21);
    x = v128.load32_splat(input, 12);
    c30 = f32x4.relaxed_madd(x, w0, c30);
    c31 = f32x4.relaxed_madd(x, w1, c31);
    x = v128.load32_splat(input, 16);
    c40 = f32x4.relaxed_madd(x, w0, c40);
    c41 = f32x4.relaxed_madd(x, w1, c41);
    x = v128.load32_splat(input, 20);
    c50 = f32x4.relaxed_madd(x, w0, c50);
    c51 = f32x4.relaxed_madd(x, w1, c51);
    input += 24;
    weight += 32;
  }
  v128.store(out, c00);
  v128.store(out, c01, 16);
  v128.store(out, c10, 32);
  v128.store(out, c11, 48);
  v128.store(out, c20, 64);
  v128.store(out, c21, 80);
  v128.store(out, c30, 96);
  v128.store(out, c31, 112);
  v128.store(out, c40, 128);
  v128.store(out, c41, 144);
  v128.store(out, c50, 160);
  v128.store(out, c51, 176);
}

/**
 * Variant 5. The product's multiply(): V with four rows interleaved, [t / 4][i][4], spread by
 * shuffles.
 */
export function product5(
  m: usize,
  v: usize,
  u: usize,
  rows: i32,
  inBlocks: i32,
  outBlocks: i32,
  stride: usize,
  weightStride: usize,
): void {
  for (let f = 0; f < TILE_ELEMENTS; f++) {
    multiplyBlocks(m, v, u, rows, inBlocks, outBlocks);
    m += stride;
    v += stride;
    u += weightStride;
  }
}

/**
 * Variant 6, the product's: V as in variant 1; each element is first packed into the panels of
 * variant 5.
 */
export function product6(
  m: usize,
  v: usize,
  u: usize,
  rows: i32,
  inBlocks: i32,
  outBlocks: i32,
  stride: usize,
  weightStride: usize,
  panels: usize,
): void {
  const blockBytes = <usize> rows * PIXEL;
  for (let f = 0; f < TILE_ELEMENTS; f++) {
    packPanels(panels, v, blockBytes, inBlocks, rows);
    multiplyBlocks(m, panels, u, rows, inBlocks, outBlocks);
    m += stride;
    v += stride;
    u += weightStride;
  }
}

/** Block by block: the next block overwrites what a panel computes beyond the last row. */
// @inline
function multiplyBlocks(
  m: usize,
  panels: usize,
  u: usize,
  rows: i32,
  inBlocks: i32,
  outBlocks: i32,
): void {
  for (let o = 0; o < outBlocks; o++) {
    multiply(m, panels, u, inBlocks, rows);
    m += <usize> rows * PIXEL;
    u += <usize> inBlocks * 256;
  }
}
