// Gradient of a 3x3 convolution with respect to its weight, in Winograd's domain (winograd.ts): the
// transpose of the forward algorithm. With V = B' d B of the input's tiles and D = A dy A' of the
// gradient's,
//
//   dU[f][o][i] = sum over tiles of V[f][i] * D[f][o],     dw = G' dU G
//
// The shape decides between two cuts:
//
// - Few channels: a task computes one partial of dU, over some of the windows of all images. For
//   each window it transforms the blocks of both and adds to its partial, which stays in the cache.
//   The partials are added in order when dU is transformed back.
// - Many channels: separate jobs transform V and D of a batch of windows (winogradInputs() of
//   conv3x3_winograd.ts is one of them). A task of the next job is one element of the tiles. There
//   is a single dU, read and written once per batch, where partials would be read and written for
//   every few tiles. Measured: 103 ms in place of 115 ms for all weight gradients of a training
//   step of base 16 at 256x256.
//
// The register tile is 4 input x 8 output channels over at most SEGMENT tiles, whose sum is then
// added. A sum of short sums has smaller rounding errors than one long sum.

import { MATRIX, PIXEL, Source, WEIGHT_BLOCK } from "./blocks";
import { accumulate } from "./tile";
import { TEMPORARY_BYTES, TILE_ELEMENTS, transformWeightGradient } from "./winograd";
import {
  across,
  down,
  elementStride,
  takeBatchWindow,
  takeWindow,
  transformGradients,
  transformInputs,
} from "./winograd_window";

/** A tile's side in pixels. */
const SIDE: i32 = 4;

/** Tiles summed at a time. */
const SEGMENT: i32 = 32;

/** dU[8][8] at `u` += sum over `tiles` of x[tile][8] * g[tile][8]. */
// @inline
function accumulateBlock(u: usize, x: usize, g: usize, tiles: i32): void {
  for (let first = 0; first < tiles; first += SEGMENT) {
    const count = min(SEGMENT, tiles - first);
    const at = <usize> first * PIXEL;
    accumulate(u, x + at, g + at, count);
    accumulate(u + MATRIX / 2, x + at + 16, g + at, count);
  }
}

/** Computes one partial for all channels. */
export function conv3x3WinogradWeightGradient(
  task: i32,
  scratch: usize,
  sources: usize,
  sourceCount: i32,
  gradientSource: usize,
  partials: usize,
  windows: i32,
  height: i32,
  width: i32,
  inBlocks: i32,
  outBlocks: i32,
  tilesY: i32,
  tilesX: i32,
  partialCount: i32,
): void {
  const blockBytes = <usize> (tilesY * tilesX) * PIXEL;
  const vStride = elementStride(<usize> inBlocks * blockBytes);
  const dStride = elementStride(<usize> outBlocks * blockBytes);
  const v = scratch + <usize> ((SIDE * tilesY + 2) * (SIDE * tilesX + 2)) * PIXEL;
  const d = v + TILE_ELEMENTS * vStride;
  const uStride = elementStride(<usize> (outBlocks * inBlocks) * MATRIX);
  const u = partials + <usize> task * TILE_ELEMENTS * uStride;
  memory.fill(u, 0, TILE_ELEMENTS * uStride);

  const gradient = changetype<Source>(gradientSource);
  const last = <i32> ((<i64> (task + 1) * windows) / partialCount);
  for (let window = <i32> ((<i64> task * windows) / partialCount); window < last; window++) {
    takeWindow(window, height, width, tilesY, tilesX, SIDE);
    transformInputs(v, vStride, blockBytes, scratch, sources, sourceCount, 0, inBlocks);
    transformGradients(d, dStride, blockBytes, scratch, gradient, 0, outBlocks);
    const tiles = across * down;
    for (let f: usize = 0; f < TILE_ELEMENTS; f++) {
      let at = u + f * uStride;
      for (let o = 0; o < outBlocks; o++) {
        const g = d + f * dStride + <usize> o * blockBytes;
        let x = v + f * vStride;
        for (let i = 0; i < inBlocks; i++) {
          accumulateBlock(at, x, g, tiles);
          at += MATRIX;
          x += blockBytes;
        }
      }
    }
  }
}

/**
 * Computes D of one window of a batch and a group of output blocks. The batch begins with window
 * `firstWindow` and has `batchTiles` tiles.
 */
export function winogradGradients(
  task: i32,
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
  const window = firstWindow + task / groups;
  const group = task % groups;
  const offset = takeBatchWindow(window, firstWindow, height, width, tilesY, tilesX, SIDE, 1);
  const first = (group * outBlocks) / groups;
  const last = ((group + 1) * outBlocks) / groups;
  const blockBytes = <usize> batchTiles * PIXEL;
  const stride = elementStride(<usize> outBlocks * blockBytes);
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

/** Computes dU of element `task`: the first batch writes it, later ones add. */
export function winogradWeightProducts(
  task: i32,
  _scratch: usize,
  v: usize,
  d: usize,
  u: usize,
  inBlocks: i32,
  outBlocks: i32,
  batchTiles: i32,
  isFirst: i32,
): void {
  const f = <usize> task;
  const blockBytes = <usize> batchTiles * PIXEL;
  const uBytes = <usize> (outBlocks * inBlocks) * MATRIX;
  let g = d + f * elementStride(<usize> outBlocks * blockBytes);
  let at = u + f * elementStride(uBytes);
  if (isFirst) memory.fill(at, 0, uBytes);
  for (let o = 0; o < outBlocks; o++) {
    let x = v + f * elementStride(<usize> inBlocks * blockBytes);
    for (let i = 0; i < inBlocks; i++) {
      accumulateBlock(at, x, g, batchTiles);
      at += MATRIX;
      x += blockBytes;
    }
    g += blockBytes;
  }
}

/** Adds the partials of output block `task` in order and transforms the sum back to taps. */
export function winogradWeightGradient(
  task: i32,
  scratch: usize,
  to: usize,
  partials: usize,
  partialCount: i32,
  inBlocks: i32,
  outBlocks: i32,
): void {
  const stride = elementStride(<usize> (outBlocks * inBlocks) * MATRIX);
  const sum = scratch + TEMPORARY_BYTES;
  for (let block = 0; block < inBlocks; block++) {
    const at = <usize> (task * inBlocks + block);
    for (let vector: usize = 0; vector < MATRIX; vector += 16) {
      for (let f: usize = 0; f < TILE_ELEMENTS; f++) {
        let from = partials + f * stride + at * MATRIX + vector;
        let total = v128.load(from);
        for (let partial = 1; partial < partialCount; partial++) {
          from += TILE_ELEMENTS * stride;
          total = f32x4.add(total, v128.load(from));
        }
        v128.store(sum + f * 16, total);
      }
      transformWeightGradient(to + at * WEIGHT_BLOCK + vector, MATRIX, sum, 16, scratch);
    }
  }
}
