// Gradient of a 3x3 convolution with respect to its weight, in Winograd's domain (winograd.ts): the transpose of the forward
// algorithm. With V = B' d B of the input's tiles and D = A dy A' of the gradient's,
//
//   dU[f][o][i] = sum over tiles of V[f][i] * D[f][o],     dw = G' dU G
//
// It is cut in one of two ways, a function of the shape:
//
// - Few channels: a piece is one share of the windows of all images. For each window it transforms the blocks of both and adds to its
//   copy of dU, which stays in the cache; the copies are added in order when dU is transformed back.
// - Many: V and D of a batch of windows are transformed by jobs of their own (winogradInputs() of conv3x3_winograd.ts is one of them), and a piece
//   of the next job is one frequency. There is one dU, touched once per batch, where copies of it would be read
//   and written more often than they are worked on: 103 ms in place of 115 for all weight gradients of a training step of base 16 at 256x256.
//
// The register tile is 4 input x 8 output channels over at most SEGMENT tiles, whose sum is then added: short sums of sums are more exact
// than one long one.

import { PIXEL, Source } from "./blocks";
import { accumulate } from "./tile";
import { TEMPORARY, transformWeightGradient } from "./winograd";
import {
  across,
  down,
  frequencyStride,
  takeBatchWindow,
  takeWindow,
  transformGradients,
  transformInputs,
} from "./winograd_window";

/** Tiles summed at a time. */
const SEGMENT: i32 = 32;

/** dU[8][8] at `u` += sum over `tiles` of x[tile][8] * g[tile][8]. */
// @inline
function accumulateBlock(u: usize, x: usize, g: usize, tiles: i32): void {
  for (let first = 0; first < tiles; first += SEGMENT) {
    const count = min(SEGMENT, tiles - first);
    const at = <usize> first * PIXEL;
    accumulate(u, x + at, g + at, count);
    accumulate(u + 128, x + at + 16, g + at, count);
  }
}

/** One share of the windows for all channels. */
export function conv3x3WinogradWeightGradient(
  piece: i32,
  scratch: usize,
  sources: usize,
  sourceCount: i32,
  gradientSource: usize,
  parts: usize,
  windows: i32,
  height: i32,
  width: i32,
  inBlocks: i32,
  outBlocks: i32,
  tilesY: i32,
  tilesX: i32,
  shares: i32,
): void {
  const blockBytes = <usize> (tilesY * tilesX) * PIXEL;
  const vStride = frequencyStride(<usize> inBlocks * blockBytes);
  const dStride = frequencyStride(<usize> outBlocks * blockBytes);
  const v = scratch + <usize> ((4 * tilesY + 2) * (4 * tilesX + 2)) * PIXEL;
  const d = v + 36 * vStride;
  const uStride = frequencyStride(<usize> (outBlocks * inBlocks) * 256);
  const u = parts + <usize> piece * 36 * uStride;
  memory.fill(u, 0, 36 * uStride);

  const gradient = changetype<Source>(gradientSource);
  const last = <i32> ((<i64> (piece + 1) * windows) / shares);
  for (let window = <i32> ((<i64> piece * windows) / shares); window < last; window++) {
    takeWindow(window, height, width, tilesY, tilesX);
    transformInputs(v, vStride, blockBytes, scratch, sources, sourceCount, 0, inBlocks);
    transformGradients(d, dStride, blockBytes, scratch, gradient, 0, outBlocks);
    const tiles = across * down;
    for (let f: usize = 0; f < 36; f++) {
      let at = u + f * uStride;
      for (let o = 0; o < outBlocks; o++) {
        const g = d + f * dStride + <usize> o * blockBytes;
        let x = v + f * vStride;
        for (let i = 0; i < inBlocks; i++) {
          accumulateBlock(at, x, g, tiles);
          at += 256;
          x += blockBytes;
        }
      }
    }
  }
}

/** D of one window of a batch, which begins with window `firstWindow` and has `batchTiles` tiles, and a group of output blocks. */
export function winogradGradients(
  piece: i32,
  scratch: usize,
  gradientSource: usize,
  d: usize,
  height: i32,
  width: i32,
  outBlocks: i32,
  tilesY: i32,
  tilesX: i32,
  firstWindow: i32,
  batchTiles: i32,
  groups: i32,
): void {
  const window = firstWindow + piece / groups;
  const group = piece % groups;
  const offset = takeBatchWindow(window, firstWindow, height, width, tilesY, tilesX, 1);
  const first = (group * outBlocks) / groups;
  const last = ((group + 1) * outBlocks) / groups;
  const blockBytes = <usize> batchTiles * PIXEL;
  const stride = frequencyStride(<usize> outBlocks * blockBytes);
  const to = d + <usize> first * blockBytes + offset;
  transformGradients(
    to,
    stride,
    blockBytes,
    scratch,
    changetype<Source>(gradientSource),
    first,
    last,
  );
}

/** dU of frequency `piece`: begun by the first batch, added to by the others. */
export function winogradWeightProducts(
  piece: i32,
  _scratch: usize,
  v: usize,
  d: usize,
  u: usize,
  inBlocks: i32,
  outBlocks: i32,
  batchTiles: i32,
  isFirst: i32,
): void {
  const f = <usize> piece;
  const blockBytes = <usize> batchTiles * PIXEL;
  const uBytes = <usize> (outBlocks * inBlocks) * 256;
  let g = d + f * frequencyStride(<usize> outBlocks * blockBytes);
  let at = u + f * frequencyStride(uBytes);
  if (isFirst) memory.fill(at, 0, uBytes);
  for (let o = 0; o < outBlocks; o++) {
    let x = v + f * frequencyStride(<usize> inBlocks * blockBytes);
    for (let i = 0; i < inBlocks; i++) {
      accumulateBlock(at, x, g, batchTiles);
      at += 256;
      x += blockBytes;
    }
    g += blockBytes;
  }
}

/** Adds the shares' dU of output block `piece` in order and transforms them back to taps. */
export function winogradWeightGradient(
  piece: i32,
  scratch: usize,
  to: usize,
  parts: usize,
  shares: i32,
  inBlocks: i32,
  outBlocks: i32,
): void {
  const stride = frequencyStride(<usize> (outBlocks * inBlocks) * 256);
  const sum = scratch + TEMPORARY;
  for (let block = 0; block < inBlocks; block++) {
    const at = <usize> (piece * inBlocks + block);
    for (let vector: usize = 0; vector < 256; vector += 16) {
      for (let f: usize = 0; f < 36; f++) {
        let from = parts + f * stride + at * 256 + vector;
        let total = v128.load(from);
        for (let share = 1; share < shares; share++) {
          from += 36 * stride;
          total = f32x4.add(total, v128.load(from));
        }
        v128.store(sum + f * 16, total);
      }
      transformWeightGradient(to + at * 2304 + vector, 256, sum, 16, scratch);
    }
  }
}
