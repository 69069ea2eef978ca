// 3x3 convolution, padding 1, every tap multiplied. The input gradient is the same sum with weights
// rotated by 180 degrees (rotate180.ts):
//
//   out[n, o, y, x] = bias[o] + sum over i, ky, kx of
//     weight[o, i, ky, kx] * in[n, i, y + ky - 1, x + kx - 1]
//
// A task is a strip of rows of one image for a group of output blocks. It packs all input channels
// of the strip into scratch once, with halo, batch norm and ReLU. Then it computes each output
// block of the strip in tiles of 6 pixels. Tiles continue across the ends of rows: the two columns
// between rows hold garbage, which is not stored. After each output block the task computes the
// moments of its channels over the strip: the mean in two numbers, and M2. Batch norm merges them
// later, in the order of the strips.
//
// Weights are [out block][in block][ky][kx][8 in][8 out]. The scratch holds the strip's input
// blocks, then one output block.

import {
  MATRIX,
  packWindow,
  PIXEL,
  Source,
  SOURCE_BYTES,
  WEIGHT_BLOCK,
  windowPixels,
} from "./blocks";
import { finish, storeWindow, takeMoments } from "./epilogue";
import { stripsOf } from "./strips";
import { tile } from "./tile";

export function conv3x3Direct(
  task: i32,
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
  const strips = stripsOf(height, stripRows);
  const group = task % groups;
  const strip = (task / groups) % strips;
  const n = task / (groups * strips);
  const y0 = strip * stripRows;
  const rows = min(stripRows, height - y0);
  const blockBytes = windowPixels(rows, width) * PIXEL;
  const rowBytes = <usize> (width + 2) * PIXEL;

  let packed = scratch;
  for (let s = 0; s < sourceCount; s++) {
    const source = changetype<Source>(sources + <usize> s * SOURCE_BYTES);
    for (let block = 0; block < source.blocks; block++) {
      packWindow(packed, source, block, n, y0, rows, 0, width);
      packed += blockBytes;
    }
  }

  const result = packed;
  const pixels = rows * (width + 2) - 2;
  const last = ((group + 1) * outBlocks) / groups;
  for (let block = (group * outBlocks) / groups; block < last; block++) {
    const w = weight + <usize> (block * inBlocks) * WEIGHT_BLOCK;
    for (let p = 0; p < pixels; p += 6) {
      const offset = <usize> p * PIXEL;
      tile(result + offset, scratch + offset, blockBytes, rowBytes, w, inBlocks, lanes);
    }
    if (bias || low == 0) {
      finish(result, rows, width, width + 2, bias ? bias + <usize> block * PIXEL : 0, low);
    }
    if (moments) {
      const row = <usize> outBlocks * PIXEL;
      const at = moments + <usize> (n * strips + strip) * 3 * row + <usize> block * PIXEL;
      takeMoments(result, rows, width, width + 2, at, row);
    }
    storeWindow(result, targets, block, n, y0, rows, 0, width, width + 2);
  }
}
