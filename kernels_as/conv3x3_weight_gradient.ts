// Gradient of a 3x3 convolution with respect to its weight:
//
//   dw[o, i, ky, kx] = sum over n, y, x of in[n, i, y + ky - 1, x + kx - 1] * dy[n, o, y, x]
//
// A task is one input block of one partial, the sum over some of the strips of all images. It packs
// its block of a strip (with halo, batch norm and ReLU) and multiplies it with every output block
// of the gradient, which needs no packing. The register tile is 3 kx x 2 input channels x 8 output
// channels: per pixel 6 broadcast loads, 2 loads of dy, 12 fused multiply-adds. The tile is loaded
// and stored once per strip. sumPartials() of reduce.ts adds the partials in order.
//
// dw is laid out as the weight: [out block][in block][ky][kx][8 in][8 out].

import { MATRIX, packWindow, PIXEL, Source, SOURCE_BYTES, WEIGHT_BLOCK } from "./blocks";
import { fma } from "./fma";
import { stripsOf } from "./strips";

export function conv3x3WeightGradient(
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
  firstLanes: i32,
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
  const lanes = inBlock == 0 ? firstLanes : 8;

  const out = partials + <usize> partial * partialBytes + <usize> inBlock * WEIGHT_BLOCK;
  const outStride = <usize> inBlocks * WEIGHT_BLOCK;
  for (let o = 0; o < outBlocks; o++) memory.fill(out + <usize> o * outStride, 0, WEIGHT_BLOCK);

  const last = <i32> ((<i64> (partial + 1) * all) / partialCount);
  for (let s = <i32> ((<i64> partial * all) / partialCount); s < last; s++) {
    const n = s / strips;
    const y0 = (s % strips) * stripRows;
    const rows = min(stripRows, height - y0);
    packWindow(scratch, source, block, n, y0, rows, 0, width);
    for (let o = 0; o < outBlocks; o++) {
      const dy = gradient + (<usize> ((n * outBlocks + o) * height + y0) * <usize> width) * PIXEL;
      const dw = out + <usize> o * outStride;
      for (let ky = 0; ky < 3; ky++) {
        const x = scratch + <usize> (ky * (width + 2)) * PIXEL;
        for (let lane = 0; lane < lanes; lane += 2) {
          accumulate(
            dw + <usize> ky * 3 * MATRIX + <usize> lane * PIXEL,
            x + <usize> lane * 4,
            dy,
            rows,
            width,
          );
        }
      }
    }
  }
}

/**
 * dw[kx][lane, lane + 1][8] += sum over the strip of x[y][x + kx][lane, lane + 1] * dy[y][x][8].
 */
function accumulate(dw: usize, x: usize, dy: usize, rows: i32, width: i32): void {
  let a00 = v128.load(dw), a01 = v128.load(dw, 16);
  let a10 = v128.load(dw, 32), a11 = v128.load(dw, 48);
  let b00 = v128.load(dw, 256), b01 = v128.load(dw, 272);
  let b10 = v128.load(dw, 288), b11 = v128.load(dw, 304);
  let c00 = v128.load(dw, 512), c01 = v128.load(dw, 528);
  let c10 = v128.load(dw, 544), c11 = v128.load(dw, 560);
  for (let y = 0; y < rows; y++) {
    for (let i = 0; i < width; i++) {
      const g0 = v128.load(dy);
      const g1 = v128.load(dy, 16);
      let v = v128.load32_splat(x);
      a00 = fma.madd(v, g0, a00);
      a01 = fma.madd(v, g1, a01);
      v = v128.load32_splat(x, 4);
      a10 = fma.madd(v, g0, a10);
      a11 = fma.madd(v, g1, a11);
      v = v128.load32_splat(x, 32);
      b00 = fma.madd(v, g0, b00);
      b01 = fma.madd(v, g1, b01);
      v = v128.load32_splat(x, 36);
      b10 = fma.madd(v, g0, b10);
      b11 = fma.madd(v, g1, b11);
      v = v128.load32_splat(x, 64);
      c00 = fma.madd(v, g0, c00);
      c01 = fma.madd(v, g1, c01);
      v = v128.load32_splat(x, 68);
      c10 = fma.madd(v, g0, c10);
      c11 = fma.madd(v, g1, c11);
      x += PIXEL;
      dy += PIXEL;
    }
    x += 2 * PIXEL;
  }
  v128.store(dw, a00);
  v128.store(dw, a01, 16);
  v128.store(dw, a10, 32);
  v128.store(dw, a11, 48);
  v128.store(dw, b00, 256);
  v128.store(dw, b01, 272);
  v128.store(dw, b10, 288);
  v128.store(dw, b11, 304);
  v128.store(dw, c00, 512);
  v128.store(dw, c01, 528);
  v128.store(dw, c10, 544);
  v128.store(dw, c11, 560);
}
