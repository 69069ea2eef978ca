// 3x3 convolution, padding 1, and its input gradient, which is the same sum with the weights turned round:
//
//   out[n, o, y, x] = bias[o] + sum over i, ky, kx of weight[o, i, ky, kx] * in[n, i, y + ky - 1, x + kx - 1]
//
// A piece is a strip of rows of one image for a group of output blocks. The strip is packed into scratch once, all
// input channels, with the halo, batch norm and ReLU applied; then each output block runs over it in tiles of 6
// pixels. Tiles run on through the row ends: the two columns between rows give garbage that is dropped when the
// rows are stored. While they are stored, the moments of every channel are taken, per strip: the mean in two parts,
// and M2. The batch norm merges them later in the order of the strips.
//
// Weights are [out block][in block][ky][kx][8 in][8 out]. The scratch holds [in blocks] of a strip, then one
// output block of it.

import {
  packStrip,
  PIXEL,
  Source,
  SOURCE_BYTES,
  stripPixels,
  Target,
  TARGET_BYTES,
} from "./blocks";
import { tile, transposeBlock } from "./tile";

const WEIGHT_BLOCK: usize = 9 * 256;

export function conv3x3(
  piece: i32,
  scratch: usize,
  sources: usize,
  sourceCount: i32,
  targets: usize,
  weight: usize,
  bias: usize,
  low: f32,
  moments: usize,
  height: i32,
  width: i32,
  inBlocks: i32,
  lanes: i32,
  outBlocks: i32,
  stripRows: i32,
  groups: i32,
): void {
  const strips = (height + stripRows - 1) / stripRows;
  const group = piece % groups;
  const strip = (piece / groups) % strips;
  const n = piece / (groups * strips);
  const y0 = strip * stripRows;
  const rows = min(stripRows, height - y0);
  const blockBytes = stripPixels(rows, width) * PIXEL;
  const rowBytes = <usize> (width + 2) * PIXEL;

  let packed = scratch;
  for (let s = 0; s < sourceCount; s++) {
    const source = changetype<Source>(sources + <usize> s * SOURCE_BYTES);
    packStrip(packed, source, 0, source.blocks, n, y0, rows, width);
    packed += <usize> source.blocks * blockBytes;
  }

  const result = packed;
  const pixels = rows * (width + 2) - 2;
  const last = ((group + 1) * outBlocks) / groups;
  for (let block = (group * outBlocks) / groups; block < last; block++) {
    const w = weight + <usize> (block * inBlocks) * WEIGHT_BLOCK;
    for (let p = 0; p < pixels; p += 6) {
      const offset = <usize> p * PIXEL;
      tile(result + offset, scratch + offset, blockBytes, rowBytes, w, inBlocks, 3, lanes);
    }
    if (bias || low == 0) finish(result, rows, width, bias ? bias + <usize> block * PIXEL : 0, low);
    if (moments) {
      const row = <usize> outBlocks * PIXEL;
      const at = moments + <usize> (n * strips + strip) * 3 * row + <usize> block * PIXEL;
      takeMoments(result, rows, width, at, row);
    }
    storeRows(result, targets, block, n, y0, rows, width);
  }
}

/** Adds the bias and applies the ReLU of prediction, in place. */
function finish(result: usize, rows: i32, width: i32, bias: usize, low: f32): void {
  let bias0 = f32x4.splat(0), bias1 = bias0;
  if (bias) {
    bias0 = v128.load(bias);
    bias1 = v128.load(bias, 16);
  }
  const floor = f32x4.splat(low);
  const end = result + <usize> (rows * (width + 2)) * PIXEL;
  for (let p = result; p < end; p += PIXEL) {
    v128.store(p, f32x4.max(f32x4.add(v128.load(p), bias0), floor));
    v128.store(p, f32x4.max(f32x4.add(v128.load(p, 16), bias1), floor), 16);
  }
}

/**
 * Per channel: a mean that is right to a few digits, the rest of the mean, and M2 = sum of squared distances from
 * it: the corrected two-pass algorithm (Chan, Golub, LeVeque 1983). Both passes sum differences, the first ones from
 * the strip's first value: a large mean costs no digits, and a constant channel has a variance of exactly zero.
 */
function takeMoments(result: usize, rows: i32, width: i32, moments: usize, row: usize): void {
  const first0 = v128.load(result);
  const first1 = v128.load(result, 16);
  let sum0 = f32x4.splat(0), sum1 = sum0;
  let pixels = result;
  for (let y = 0; y < rows; y++) {
    const end = pixels + <usize> width * PIXEL;
    for (let p = pixels; p < end; p += PIXEL) {
      sum0 = f32x4.add(sum0, f32x4.sub(v128.load(p), first0));
      sum1 = f32x4.add(sum1, f32x4.sub(v128.load(p, 16), first1));
    }
    pixels = end + 2 * PIXEL;
  }
  const count = f32x4.splat(<f32> (rows * width));
  const mean0 = f32x4.add(first0, f32x4.div(sum0, count));
  const mean1 = f32x4.add(first1, f32x4.div(sum1, count));

  sum0 = f32x4.splat(0);
  sum1 = sum0;
  let square0 = sum0, square1 = sum0;
  pixels = result;
  for (let y = 0; y < rows; y++) {
    const end = pixels + <usize> width * PIXEL;
    for (let p = pixels; p < end; p += PIXEL) {
      const d0 = f32x4.sub(v128.load(p), mean0);
      const d1 = f32x4.sub(v128.load(p, 16), mean1);
      sum0 = f32x4.add(sum0, d0);
      sum1 = f32x4.add(sum1, d1);
      square0 = f32x4.relaxed_madd(d0, d0, square0);
      square1 = f32x4.relaxed_madd(d1, d1, square1);
    }
    pixels = end + 2 * PIXEL;
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
  v128.store(to + 2 * row, f32x4.relaxed_nmadd(rest, sum, squares));
}

/** Copies the rows of one output block to the target that holds it, clipped to the target's window. */
function storeRows(
  result: usize,
  targets: usize,
  block: i32,
  n: i32,
  y0: i32,
  rows: i32,
  width: i32,
): void {
  let target = changetype<Target>(targets);
  while (block >= target.blocks) {
    block -= target.blocks;
    targets += TARGET_BYTES;
    target = changetype<Target>(targets);
  }
  const plane = target.data +
    <usize> ((n * target.blocks + block) * target.height) * <usize> target.width * PIXEL;
  const rowBytes = <usize> target.width * PIXEL;
  for (let r = 0; r < rows; r++) {
    const y = y0 + r - target.top;
    if (y < 0 || y >= target.height) continue;
    const from = result + <usize> (r * (width + 2) + target.left) * PIXEL;
    memory.copy(plane + <usize> y * rowBytes, from, rowBytes);
  }
}

/**
 * Turns weights for the input gradient: piece b writes to[b][o][8 - k][8 out][8 in] from
 * weight[o][b][k][8 in][8 out] for all output blocks o.
 */
export function turnConv3x3(
  piece: i32,
  _scratch: usize,
  to: usize,
  weight: usize,
  inBlocks: i32,
  outBlocks: i32,
): void {
  for (let o = 0; o < outBlocks; o++) {
    const from = weight + <usize> (o * inBlocks + piece) * WEIGHT_BLOCK;
    const turned = to + <usize> (piece * outBlocks + o) * WEIGHT_BLOCK;
    for (let k = 0; k < 9; k++) {
      transposeBlock(turned + <usize> (8 - k) * 256, from + <usize> k * 256);
    }
  }
}
