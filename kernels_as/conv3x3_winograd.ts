// 3x3 convolution and its input gradient by Winograd's F(4x4, 3x3) (winograd.ts).
//
// A piece is a window of `tilesY` x `tilesX` tiles of one image, for a group of output blocks:
//
//   1. per input block: pack the window with its halo (batch norm and ReLU at load), transform every tile:
//      V[36][in block][tile][8]
//   2. 36 matrix products over the input channels, each on its tiles packed in fours: M[36][out block][tile][8]
//   3. per output block: transform every tile back, then bias and ReLU, moments, store as the direct kernel does.
//
// A window's tiles are counted through row by row; the products take four of them at a time, so a count that is not a
// multiple of four computes some that nobody reads. Frequencies lie an odd number of cache lines apart: 36 streams at a
// multiple of 2 or 4 KiB would meet in a few sets of the first-level cache.
//
// Weights are transformed before, for all pieces: U[36][out block][in block][8 in][8 out].

import { packWindow, PIXEL, Source, SOURCE_BYTES } from "./blocks";
import { finish, storeWindow, takeMoments } from "./epilogue";
import { multiply, packPanels } from "./tile";
import { TEMPORARY, transformWeight } from "./winograd";
import { transformInput, transformOutput } from "./winograd_tiles";

/** The distance between frequencies for `bytes` bytes of data: an odd number of cache lines. */
// @inline
export function frequencyStride(bytes: usize): usize {
  return ((bytes + 63) / 64 | 1) * 64;
}

/** Bytes of one frequency for `blocks` blocks of `slots` tiles. */
// @inline
function frequencyBytes(blocks: i32, slots: i32): usize {
  return frequencyStride(<usize> (blocks * slots) * PIXEL);
}

export function conv3x3Winograd(
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
  outBlocks: i32,
  tilesY: i32,
  tilesX: i32,
  groups: i32,
): void {
  const windowsX = (width + 4 * tilesX - 1) / (4 * tilesX);
  const windowsY = (height + 4 * tilesY - 1) / (4 * tilesY);
  const group = piece % groups;
  const window = piece / groups;
  const n = window / (windowsX * windowsY);
  const y0 = ((window / windowsX) % windowsY) * 4 * tilesY;
  const x0 = (window % windowsX) * 4 * tilesX;
  const rows = min(4 * tilesY, height - y0);
  const columns = min(4 * tilesX, width - x0);
  // The last window of a row or column may have fewer tiles.
  const across = (columns + 3) / 4;
  const down = (rows + 3) / 4;
  const tiles = across * down;
  const slots = (tiles + 3) & ~3;
  const firstBlock = (group * outBlocks) / groups;
  const lastBlock = ((group + 1) * outBlocks) / groups;
  const blocks = lastBlock - firstBlock;

  const vStride = frequencyBytes(inBlocks, slots);
  const mStride = frequencyBytes(blocks, slots);
  const packed = scratch + TEMPORARY;
  const v = packed + <usize> ((4 * tilesY + 2) * (4 * tilesX + 2)) * PIXEL;
  const m = v + 36 * vStride;
  const panels = m + 36 * mStride;

  const packedRow = <usize> (4 * across + 2) * PIXEL;
  let to = v;
  for (let s = 0; s < sourceCount; s++) {
    const source = changetype<Source>(sources + <usize> s * SOURCE_BYTES);
    for (let block = 0; block < source.blocks; block++) {
      packWindow(packed, source, block, n, y0, 4 * down, x0, 4 * across);
      for (let ty = 0; ty < down; ty++) {
        let from = packed + <usize> (4 * ty) * packedRow;
        for (let tx = 0; tx < across; tx++) {
          transformInput(to, vStride, from, packedRow);
          from += 4 * PIXEL;
          to += PIXEL;
        }
      }
      to += <usize> (slots - tiles) * PIXEL;
    }
  }

  const blockBytes = <usize> slots * PIXEL;
  const uStride = frequencyStride(<usize> (outBlocks * inBlocks) * 256);
  for (let f: usize = 0; f < 36; f++) {
    packPanels(panels, v + f * vStride, blockBytes, inBlocks, slots);
    let u = weight + f * uStride + <usize> (firstBlock * inBlocks) * 256;
    let out = m + f * mStride;
    for (let block = 0; block < blocks; block++) {
      multiply(out, panels, u, inBlocks, slots);
      u += <usize> inBlocks * 256;
      out += blockBytes;
    }
  }

  const pitch = 4 * across;
  const row = <usize> outBlocks * PIXEL;
  for (let block = 0; block < blocks; block++) {
    let from = m + <usize> block * blockBytes;
    for (let ty = 0; ty < down; ty++) {
      let out = packed + <usize> (4 * ty * pitch) * PIXEL;
      for (let tx = 0; tx < across; tx++) {
        transformOutput(out, <usize> pitch * PIXEL, from, mStride);
        out += 4 * PIXEL;
        from += PIXEL;
      }
    }
    const outBlock = firstBlock + block;
    const at = <usize> outBlock * PIXEL;
    if (bias || low == 0) finish(packed, rows * pitch, bias ? bias + at : 0, low);
    if (moments) {
      takeMoments(packed, rows, columns, pitch, moments + <usize> window * 3 * row + at, row);
    }
    storeWindow(packed, targets, outBlock, n, y0, rows, x0, columns, pitch);
  }
}

/** Transforms the weights of output block `piece`: U[36][out block][in block][8 in][8 out]. */
export function winogradWeights(
  piece: i32,
  scratch: usize,
  to: usize,
  weight: usize,
  inBlocks: i32,
  outBlocks: i32,
): void {
  const stride = frequencyStride(<usize> (outBlocks * inBlocks) * 256);
  const first = <usize> (piece * inBlocks);
  for (let block: usize = 0; block < <usize> inBlocks; block++) {
    const from = weight + (first + block) * 2304;
    const u = to + (first + block) * 256;
    for (let vector: usize = 0; vector < 256; vector += 16) {
      transformWeight(u + vector, stride, from + vector, 256, scratch);
    }
  }
}
