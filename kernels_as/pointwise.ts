// 1x1 convolution between maps, without bias in training, and its gradients:
//
//   out[n, o, y, x] = bias[o] + sum over i of weight[o, i] * in[n, i, y, x]
//
// A task is a strip of rows of one image. It packs all input channels of the strip into scratch,
// with batch norm and ReLU, then into panels of four pixels, and multiplies these with the weights
// of each output block. The input gradient is the same product with transposed weights. Weights are
// [out block][in block][8 in][8 out].

import { MATRIX, packPixels, PIXEL, Source, SOURCE_BYTES } from "./blocks";
import { finish, storeWindow, takeMoments } from "./epilogue";
import { stripsOf } from "./strips";
import { accumulate, multiply, packedBytes, packPanels } from "./tile";

/** Packs rows [y0, y0 + rows) of the frame: zeros outside the source. */
function packRows(
  to: usize,
  source: Source,
  block: i32,
  n: i32,
  y0: i32,
  rows: i32,
  width: i32,
): void {
  const rowBytes = <usize> width * PIXEL;
  const before = <usize> source.left * PIXEL;
  const inside = <usize> source.width * PIXEL;
  for (let y = y0 - source.top; y < y0 - source.top + rows; y++) {
    if (y < 0 || y >= source.height) {
      memory.fill(to, 0, rowBytes);
    } else {
      memory.fill(to, 0, before);
      packPixels(to + before, source, n, block, y * source.width, source.width);
      memory.fill(to + before + inside, 0, rowBytes - before - inside);
    }
    to += rowBytes;
  }
}

export function pointwise(
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
  outBlocks: i32,
  stripRows: i32,
): void {
  const strips = stripsOf(height, stripRows);
  const n = task / strips;
  const y0 = (task % strips) * stripRows;
  const rows = min(stripRows, height - y0);
  const pixels = rows * width;
  const blockBytes = packedBytes(pixels);
  let packed = scratch;
  for (let s = 0; s < sourceCount; s++) {
    const source = changetype<Source>(sources + <usize> s * SOURCE_BYTES);
    for (let block = 0; block < source.blocks; block++) {
      packRows(packed, source, block, n, y0, rows, width);
      packed += blockBytes;
    }
  }
  const result = packed;
  const panels = result + blockBytes;
  packPanels(panels, scratch, blockBytes, inBlocks, pixels);
  for (let block = 0; block < outBlocks; block++) {
    const at = <usize> block * PIXEL;
    multiply(result, panels, weight + <usize> (block * inBlocks) * MATRIX, inBlocks, pixels);
    if (bias || low == 0) finish(result, rows, width, width, bias ? bias + at : 0, low);
    if (moments) {
      const row = <usize> outBlocks * PIXEL;
      takeMoments(result, rows, width, width, moments + <usize> task * 3 * row + at, row);
    }
    storeWindow(result, targets, block, n, y0, rows, 0, width, width);
  }
}

/**
 * Weight gradient: dw[o, i] = sum over n, y, x of in[n, i, y, x] * dy[n, o, y, x]. A task is one
 * input block of one partial, the sum over some of the strips of all images. sumPartials() of
 * reduce.ts adds the partials in order.
 */
export function pointwiseWeightGradient(
  task: i32,
  scratch: usize,
  sources: usize,
  gradient: usize,
  partials: usize,
  partialBytes: usize,
  images: i32,
  height: i32,
  width: i32,
  inBlocks: i32,
  outBlocks: i32,
  stripRows: i32,
  partialCount: i32,
): void {
  const strips = stripsOf(height, stripRows);
  const all = images * strips;
  const partial = task / inBlocks;
  const inBlock = task % inBlocks;
  let record = sources;
  let source = changetype<Source>(record);
  let block = inBlock;
  while (block >= source.blocks) {
    block -= source.blocks;
    record += SOURCE_BYTES;
    source = changetype<Source>(record);
  }
  const out = partials + <usize> partial * partialBytes + <usize> inBlock * MATRIX;
  const outStride = <usize> inBlocks * MATRIX;
  for (let o = 0; o < outBlocks; o++) memory.fill(out + <usize> o * outStride, 0, MATRIX);
  const last = <i32> ((<i64> (partial + 1) * all) / partialCount);
  for (let s = <i32> ((<i64> partial * all) / partialCount); s < last; s++) {
    const n = s / strips;
    const y0 = (s % strips) * stripRows;
    const rows = min(stripRows, height - y0);
    packRows(scratch, source, block, n, y0, rows, width);
    for (let o = 0; o < outBlocks; o++) {
      const dy = gradient + (<usize> ((n * outBlocks + o) * height + y0) * <usize> width) * PIXEL;
      const dw = out + <usize> o * outStride;
      accumulate(dw, scratch, dy, rows * width);
      accumulate(dw + MATRIX / 2, scratch + 16, dy, rows * width);
    }
  }
}
