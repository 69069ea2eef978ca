// The register tiles of all matrix products. The tile of the direct convolution has 6 pixels x 8
// output channels.
//
// Twelve accumulators, two weight vectors and one broadcast input make 15 v128: the most that V8
// keeps in registers on x86-64. The twelve chains hide the latency of four cycles of a fused
// multiply-add. Per input channel the tile does 2 weight loads, 6 broadcast loads and 12 fused
// multiply-adds. Unrolling the loop over the input channels makes V8 spill and halves the speed.

import { PIXEL } from "./blocks";
import { fma } from "./fma";

/**
 * out[p][0..8) = sum over blocks b, rows r, columns c and lanes i of
 *   input[b][(p + r * rowPixels + c)][i] * weight[b][r][c][i][0..8)
 * for 6 consecutive pixels p, r and c from 0 to 2: the tile of a 3x3 convolution.
 * `lanes` is the number of lanes of the last block that hold channels.
 */
export function tile(
  out: usize,
  input: usize,
  blockBytes: usize,
  rowBytes: usize,
  weight: usize,
  blocks: i32,
  lanes: i32,
): void {
  let c00 = f32x4.splat(0), c01 = c00;
  let c10 = c00, c11 = c00;
  let c20 = c00, c21 = c00;
  let c30 = c00, c31 = c00;
  let c40 = c00, c41 = c00;
  let c50 = c00, c51 = c00;
  for (let b = 1; b <= blocks; b++) {
    const depth = b == blocks ? lanes : 8;
    let row = input;
    for (let r = 0; r < 3; r++) {
      let pixel = row;
      for (let c = 0; c < 3; c++) {
        let p = pixel;
        let w = weight;
        for (let i = 0; i < depth; i++) {
          const w0 = v128.load(w);
          const w1 = v128.load(w, 16);
          let x = v128.load32_splat(p);
          c00 = fma.madd(x, w0, c00);
          c01 = fma.madd(x, w1, c01);
          x = v128.load32_splat(p, 32);
          c10 = fma.madd(x, w0, c10);
          c11 = fma.madd(x, w1, c11);
          x = v128.load32_splat(p, 64);
          c20 = fma.madd(x, w0, c20);
          c21 = fma.madd(x, w1, c21);
          x = v128.load32_splat(p, 96);
          c30 = fma.madd(x, w0, c30);
          c31 = fma.madd(x, w1, c31);
          x = v128.load32_splat(p, 128);
          c40 = fma.madd(x, w0, c40);
          c41 = fma.madd(x, w1, c41);
          x = v128.load32_splat(p, 160);
          c50 = fma.madd(x, w0, c50);
          c51 = fma.madd(x, w1, c51);
          p += 4;
          w += 32;
        }
        weight += 256;
        pixel += PIXEL;
      }
      row += rowBytes;
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

/** Pixels of a panel. */
export const PANEL: i32 = 4;

/** Bytes of a panel's pixels of one block. */
const FOUR: usize = <usize> PANEL * PIXEL;

/** Bytes of packed pixels of a block, with room for the last panel to read past the end. */
// @inline
export function packedBytes(pixels: i32): usize {
  return <usize> (pixels + PANEL) * PIXEL;
}

/**
 * Packs `count` pixels in fours for product(): from blocks of [pixel][8], `blockBytes` apart, to
 * panels of [blocks * 8 channels][4]. The product then reads one array in order, and one load
 * brings a channel of all four pixels. It reads and packs up to three pixels past the last.
 */
export function packPanels(
  to: usize,
  from: usize,
  blockBytes: usize,
  blocks: i32,
  count: i32,
): void {
  for (let first = 0; first < count; first += 4) {
    let four = from;
    for (let block = 0; block < blocks; block++) {
      packHalf(to, four);
      packHalf(to + 64, four + 16);
      four += blockBytes;
      to += FOUR;
    }
    from += FOUR;
  }
}

/** Applies product() to all panels that packPanels() made of `count` pixels; writes [pixel][8]. */
export function multiply(out: usize, panels: usize, weight: usize, blocks: i32, count: i32): void {
  for (let first = 0; first < count; first += 4) {
    product(out, panels, weight, blocks * 8);
    out += FOUR;
    panels += <usize> blocks * FOUR;
  }
}

/** Four channels of four pixels, transposed. */
// @inline
function packHalf(to: usize, from: usize): void {
  const p0 = v128.load(from);
  const p1 = v128.load(from, 32);
  const p2 = v128.load(from, 64);
  const p3 = v128.load(from, 96);
  // Pairs of pixels by channel, then four pixels by channel.
  const low01 = v128.shuffle<f32>(p0, p1, 0, 4, 1, 5);
  const high01 = v128.shuffle<f32>(p0, p1, 2, 6, 3, 7);
  const low23 = v128.shuffle<f32>(p2, p3, 0, 4, 1, 5);
  const high23 = v128.shuffle<f32>(p2, p3, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<f32>(low01, low23, 0, 1, 4, 5));
  v128.store(to, v128.shuffle<f32>(low01, low23, 2, 3, 6, 7), 16);
  v128.store(to, v128.shuffle<f32>(high01, high23, 0, 1, 4, 5), 32);
  v128.store(to, v128.shuffle<f32>(high01, high23, 2, 3, 6, 7), 48);
}

/**
 * out[p][0..8) = sum over i < depth of packed[i][p] * weight[i][0..8) for the 4 pixels p of a
 * panel: the tile of a plain matrix product.
 *
 * V8 checks the bounds of every access (Deno does not use guard pages): a vector load takes three
 * instructions, a broadcast load four. The number of loads therefore limits the speed. This tile
 * has one load for four pixels, whose lanes shuffles broadcast, and two for the weights; a tile of
 * six pixels with broadcast loads has eight. On an Intel Xeon with a peak of 67 GFLOP/s, this tile
 * reaches 58 GFLOP/s and the other 45, measured alone on 60 pixels and 256 channels. A tile of 5 or
 * 6 pixels would need an unrolled loop, and so more registers than there are.
 */
function product(out: usize, packed: usize, weight: usize, depth: i32): void {
  let c00 = f32x4.splat(0), c01 = c00;
  let c10 = c00, c11 = c00;
  let c20 = c00, c21 = c00;
  let c30 = c00, c31 = c00;
  for (let i = 0; i < depth; i++) {
    const pixels = v128.load(packed);
    const w0 = v128.load(weight);
    const w1 = v128.load(weight, 16);
    let x = v128.shuffle<f32>(pixels, pixels, 0, 0, 0, 0);
    c00 = fma.madd(x, w0, c00);
    c01 = fma.madd(x, w1, c01);
    x = v128.shuffle<f32>(pixels, pixels, 1, 1, 1, 1);
    c10 = fma.madd(x, w0, c10);
    c11 = fma.madd(x, w1, c11);
    x = v128.shuffle<f32>(pixels, pixels, 2, 2, 2, 2);
    c20 = fma.madd(x, w0, c20);
    c21 = fma.madd(x, w1, c21);
    x = v128.shuffle<f32>(pixels, pixels, 3, 3, 3, 3);
    c30 = fma.madd(x, w0, c30);
    c31 = fma.madd(x, w1, c31);
    packed += 16;
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
}

/**
 * out[4][8] += (sum over i < count of x[i][4] * y[i][8]), the rows of x and y a pixel apart: the
 * tile of a weight gradient. The sum starts at zero and is added once: many short sums have smaller
 * rounding errors than one long sum.
 */
export function accumulate(out: usize, x: usize, y: usize, count: i32): void {
  let c00 = f32x4.splat(0), c01 = c00;
  let c10 = c00, c11 = c00;
  let c20 = c00, c21 = c00;
  let c30 = c00, c31 = c00;
  for (let i = 0; i < count; i++) {
    const four = v128.load(x);
    const y0 = v128.load(y);
    const y1 = v128.load(y, 16);
    let lane = v128.shuffle<f32>(four, four, 0, 0, 0, 0);
    c00 = fma.madd(lane, y0, c00);
    c01 = fma.madd(lane, y1, c01);
    lane = v128.shuffle<f32>(four, four, 1, 1, 1, 1);
    c10 = fma.madd(lane, y0, c10);
    c11 = fma.madd(lane, y1, c11);
    lane = v128.shuffle<f32>(four, four, 2, 2, 2, 2);
    c20 = fma.madd(lane, y0, c20);
    c21 = fma.madd(lane, y1, c21);
    lane = v128.shuffle<f32>(four, four, 3, 3, 3, 3);
    c30 = fma.madd(lane, y0, c30);
    c31 = fma.madd(lane, y1, c31);
    x += PIXEL;
    y += PIXEL;
  }
  v128.store(out, f32x4.add(v128.load(out), c00));
  v128.store(out, f32x4.add(v128.load(out, 16), c01), 16);
  v128.store(out, f32x4.add(v128.load(out, 32), c10), 32);
  v128.store(out, f32x4.add(v128.load(out, 48), c11), 48);
  v128.store(out, f32x4.add(v128.load(out, 64), c20), 64);
  v128.store(out, f32x4.add(v128.load(out, 80), c21), 80);
  v128.store(out, f32x4.add(v128.load(out, 96), c30), 96);
  v128.store(out, f32x4.add(v128.load(out, 112), c31), 112);
}

/** Copies a weight block [8 in][8 out] to `to`, transposed. */
export function transposeBlock(to: usize, from: usize): void {
  for (let i = 0; i < 8; i++) {
    for (let o = 0; o < 8; o++) {
      store<f32>(to + <usize> (o * 32 + i * 4), load<f32>(from + <usize> (i * 32 + o * 4)));
    }
  }
}
