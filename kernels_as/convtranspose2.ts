// Transposed convolution 2x2, stride 2, and its gradients. Each output pixel has exactly one tap,
// so the convolution is four matrix products, one per tap k = 2 ky + kx:
//
//   out[n, o, 2 y + ky, 2 x + kx] = bias[o] + sum over i of in[n, i, y, x] * weight[i, o, ky, kx]
//
// A task is a strip of input rows of one image. It packs pixels into scratch, with batch norm and
// ReLU, then into panels of four. The gradients gather the pixels of each tap in the same way.
// Weights are [tap][out block][in block][8 in][8 out].

import { MATRIX, packPixels, PIXEL, Source } from "./blocks";
import { demote, promoteHigh, promoteLow, RUN } from "./reduce";
import { stripsOf } from "./strips";
import { accumulate, multiply, packedBytes, packPanels, transposeBlock } from "./tile";

export function convtranspose2(
  task: i32,
  scratch: usize,
  sources: usize,
  out: usize,
  weight: usize,
  bias: usize,
  outBlocks: i32,
  stripRows: i32,
): void {
  const source = changetype<Source>(sources);
  const width = source.width;
  const strips = stripsOf(source.height, stripRows);
  const n = task / strips;
  const y0 = (task % strips) * stripRows;
  const rows = min(stripRows, source.height - y0);
  const pixels = rows * width;
  const blockBytes = packedBytes(pixels);
  for (let b = 0; b < source.blocks; b++) {
    packPixels(scratch + <usize> b * blockBytes, source, n, b, y0 * width, pixels);
  }
  const result = scratch + <usize> source.blocks * blockBytes;
  const panels = result + blockBytes;
  packPanels(panels, scratch, blockBytes, source.blocks, pixels);
  for (let block = 0; block < outBlocks; block++) {
    const bias0 = v128.load(bias + <usize> block * PIXEL);
    const bias1 = v128.load(bias + <usize> block * PIXEL, 16);
    const plane = out +
      <usize> ((n * outBlocks + block) * 4 * source.height) * <usize> width * PIXEL;
    for (let tap = 0; tap < 4; tap++) {
      const w = weight + <usize> ((tap * outBlocks + block) * source.blocks) * MATRIX;
      multiply(result, panels, w, source.blocks, pixels);
      let from = result;
      for (let r = 0; r < rows; r++) {
        const y = 2 * (y0 + r) + (tap >> 1);
        let to = plane + <usize> (y * 2 * width + (tap & 1)) * PIXEL;
        for (let x = 0; x < width; x++) {
          v128.store(to, f32x4.add(v128.load(from), bias0));
          v128.store(to, f32x4.add(v128.load(from, 16), bias1), 16);
          from += PIXEL;
          to += 2 * PIXEL;
        }
      }
    }
  }
}

/** Packs the gradient of one tap of one block: pixels (2 y + ky, 2 x + kx) of the strip. */
function packTap(
  to: usize,
  gradient: usize,
  plane: i32,
  tap: i32,
  y0: i32,
  rows: i32,
  height: i32,
  width: i32,
): void {
  for (let r = 0; r < rows; r++) {
    const y = plane * 2 * height + 2 * (y0 + r) + (tap >> 1);
    let from = gradient + (<usize> y * <usize> (2 * width) + <usize> (tap & 1)) * PIXEL;
    for (let x = 0; x < width; x++) {
      v128.store(to, v128.load(from));
      v128.store(to, v128.load(from, 16), 16);
      to += PIXEL;
      from += 2 * PIXEL;
    }
  }
}

/**
 * Transposes weights [row][in block] for an input gradient: to[task][row][8 out][8 in]. A row is an
 * output block, here of one of the taps.
 */
export function transposeWeights(
  task: i32,
  _scratch: usize,
  to: usize,
  weight: usize,
  inBlocks: i32,
  rows: i32,
): void {
  for (let k = 0; k < rows; k++) {
    transposeBlock(
      to + <usize> (task * rows + k) * MATRIX,
      weight + <usize> (k * inBlocks + task) * MATRIX,
    );
  }
}

/**
 * Input gradient of one strip: out[n, i, y, x] = sum over taps and o of
 * gradient[n, o, 2 y + ky, 2 x + kx] * weight[i, o, ky, kx].
 */
export function convtranspose2InputGradient(
  task: i32,
  scratch: usize,
  gradient: usize,
  out: usize,
  transposedWeights: usize,
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
  for (let k = 0; k < 4 * outBlocks; k++) {
    const plane = n * outBlocks + k % outBlocks;
    packTap(
      scratch + <usize> k * blockBytes,
      gradient,
      plane,
      k / outBlocks,
      y0,
      rows,
      height,
      width,
    );
  }
  const result = scratch + <usize> (4 * outBlocks) * blockBytes;
  const panels = result + blockBytes;
  packPanels(panels, scratch, blockBytes, 4 * outBlocks, pixels);
  for (let block = 0; block < inBlocks; block++) {
    const w = transposedWeights + <usize> (block * 4 * outBlocks) * MATRIX;
    multiply(result, panels, w, 4 * outBlocks, pixels);
    const to = out + <usize> ((n * inBlocks + block) * height + y0) * <usize> width * PIXEL;
    memory.copy(to, result, <usize> pixels * PIXEL);
  }
}

/**
 * Weight gradient: a task is one output block of one partial, the sum over some of the strips. It
 * computes partials[partial][tap][out block][in block][8 in][8 out] for all taps and input blocks.
 */
export function convtranspose2WeightGradient(
  task: i32,
  scratch: usize,
  sources: usize,
  gradient: usize,
  partials: usize,
  partialBytes: usize,
  images: i32,
  outBlocks: i32,
  stripRows: i32,
  partialCount: i32,
): void {
  const source = changetype<Source>(sources);
  const width = source.width;
  const strips = stripsOf(source.height, stripRows);
  const all = images * strips;
  const partial = task / outBlocks;
  const block = task % outBlocks;
  const tapBytes = <usize> (outBlocks * source.blocks) * MATRIX;
  const out = partials + <usize> partial * partialBytes + <usize> (block * source.blocks) * MATRIX;
  for (let tap = 0; tap < 4; tap++) {
    memory.fill(out + <usize> tap * tapBytes, 0, <usize> source.blocks * MATRIX);
  }
  const slot = packedBytes(stripRows * width);
  const dy = scratch + slot;
  const last = <i32> ((<i64> (partial + 1) * all) / partialCount);
  for (let s = <i32> ((<i64> partial * all) / partialCount); s < last; s++) {
    const n = s / strips;
    const y0 = (s % strips) * stripRows;
    const rows = min(stripRows, source.height - y0);
    const pixels = rows * width;
    for (let tap = 0; tap < 4; tap++) {
      const to = dy + <usize> tap * slot;
      packTap(to, gradient, n * outBlocks + block, tap, y0, rows, source.height, width);
    }
    for (let b = 0; b < source.blocks; b++) {
      packPixels(scratch, source, n, b, y0 * width, pixels);
      for (let tap = 0; tap < 4; tap++) {
        const dw = out + <usize> tap * tapBytes + <usize> b * MATRIX;
        accumulate(dw, scratch, dy + <usize> tap * slot, pixels);
        accumulate(dw + MATRIX / 2, scratch + 16, dy + <usize> tap * slot, pixels);
      }
    }
  }
}

/** Bias gradient: sums the gradient of output block `task` over all pixels of all images. */
export function sumPixels(
  task: i32,
  _scratch: usize,
  gradient: usize,
  out: usize,
  images: i32,
  blocks: i32,
  pixels: i32,
): void {
  // Runs of RUN pixels are summed in float32, the runs in double precision.
  for (let half: usize = 0; half < PIXEL; half += 16) {
    let low = f64x2.splat(0), high = low;
    for (let n = 0; n < images; n++) {
      let from = gradient + <usize> (n * blocks + task) * <usize> pixels * PIXEL + half;
      for (let first = 0; first < pixels; first += RUN) {
        let sum = f32x4.splat(0);
        for (let i = first, last = min(first + RUN, pixels); i < last; i++) {
          sum = f32x4.add(sum, v128.load(from));
          from += PIXEL;
        }
        low = f64x2.add(low, promoteLow(sum));
        high = f64x2.add(high, promoteHigh(sum));
      }
    }
    v128.store(out + <usize> task * PIXEL + half, demote(low, high));
  }
}
