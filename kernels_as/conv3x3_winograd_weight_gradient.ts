// Gradient of a 3x3 convolution with respect to its weight, in Winograd's domain (winograd.ts): the transpose of the forward
// algorithm. With V = B' d B of the input's tiles and D = A dy A' of the gradient's,
//
//   dU[f][o][i] = sum over tiles of V[f][i] * D[f][o],     dw = G' dU G
//
// A piece is one share of the windows of all images, one group of input blocks and one of output blocks. For each window it transforms
// the blocks of both and adds to its copy of dU; the copies are added in order when dU is transformed back. Many groups on one side alone
// would transform the other side as many times. The register tile is 4 input x 8 output channels over the tiles of a window.

import { packWindow, PIXEL, Source, SOURCE_BYTES } from "./blocks";
import { frequencyStride } from "./conv3x3_winograd";
import { accumulate } from "./tile";
import { TEMPORARY, transformWeightGradient } from "./winograd";
import { transformGradient, transformInput } from "./winograd_tiles";

export function conv3x3WinogradWeightGradient(
  piece: i32,
  scratch: usize,
  sources: usize,
  sourceCount: i32,
  gradientSource: usize,
  parts: usize,
  images: i32,
  height: i32,
  width: i32,
  inBlocks: i32,
  outBlocks: i32,
  tilesY: i32,
  tilesX: i32,
  inGroups: i32,
  outGroups: i32,
  shares: i32,
): void {
  const windowsX = (width + 4 * tilesX - 1) / (4 * tilesX);
  const windowsY = (height + 4 * tilesY - 1) / (4 * tilesY);
  const all = images * windowsX * windowsY;
  const outGroup = piece % outGroups;
  const inGroup = (piece / outGroups) % inGroups;
  const share = piece / (outGroups * inGroups);
  const firstOut = (outGroup * outBlocks) / outGroups;
  const outs = ((outGroup + 1) * outBlocks) / outGroups - firstOut;
  const firstIn = (inGroup * inBlocks) / inGroups;
  const ins = ((inGroup + 1) * inBlocks) / inGroups - firstIn;

  const slots = tilesY * tilesX;
  const vStride = frequencyStride(<usize> (ins * slots) * PIXEL);
  const dStride = frequencyStride(<usize> (outs * slots) * PIXEL);
  const packed = scratch + TEMPORARY;
  const v = packed + <usize> ((4 * tilesY + 2) * (4 * tilesX + 2)) * PIXEL;
  const d = v + 36 * vStride;

  const uStride = frequencyStride(<usize> (outBlocks * inBlocks) * 256);
  const u = parts + <usize> share * 36 * uStride + <usize> (firstOut * inBlocks + firstIn) * 256;
  for (let f = 0; f < 36; f++) {
    for (let o = 0; o < outs; o++) {
      memory.fill(u + <usize> f * uStride + <usize> (o * inBlocks) * 256, 0, <usize> ins * 256);
    }
  }

  const dy = changetype<Source>(gradientSource);
  const last = <i32> ((<i64> (share + 1) * all) / shares);
  for (let window = <i32> ((<i64> share * all) / shares); window < last; window++) {
    const n = window / (windowsX * windowsY);
    const y0 = ((window / windowsX) % windowsY) * 4 * tilesY;
    const x0 = (window % windowsX) * 4 * tilesX;
    const across = (min(4 * tilesX, width - x0) + 3) / 4;
    const down = (min(4 * tilesY, height - y0) + 3) / 4;
    const packedRow = <usize> (4 * across + 2) * PIXEL;

    let to = v;
    let before = 0;
    for (let s = 0; s < sourceCount; s++) {
      const source = changetype<Source>(sources + <usize> s * SOURCE_BYTES);
      const end = min(source.blocks, firstIn + ins - before);
      for (let block = max(0, firstIn - before); block < end; block++) {
        packWindow(packed, source, block, n, y0, 4 * down, x0, 4 * across);
        for (let ty = 0; ty < down; ty++) {
          for (let tx = 0; tx < across; tx++) {
            const from = packed + <usize> (4 * ty) * packedRow + <usize> (4 * tx) * PIXEL;
            transformInput(
              to + <usize> (ty * across + tx) * PIXEL,
              vStride,
              from,
              packedRow,
            );
          }
        }
        to += <usize> slots * PIXEL;
      }
      before += source.blocks;
    }
    to = d;
    for (let block = 0; block < outs; block++) {
      packWindow(packed, dy, firstOut + block, n, y0, 4 * down, x0, 4 * across);
      for (let ty = 0; ty < down; ty++) {
        for (let tx = 0; tx < across; tx++) {
          // The gradient's tile lies inside the halo.
          const from = packed + <usize> (4 * ty + 1) * packedRow + <usize> (4 * tx + 1) * PIXEL;
          transformGradient(
            to + <usize> (ty * across + tx) * PIXEL,
            dStride,
            from,
            packedRow,
          );
        }
      }
      to += <usize> slots * PIXEL;
    }

    const tiles = across * down;
    const blockBytes = <usize> slots * PIXEL;
    for (let f = 0; f < 36; f++) {
      for (let o = 0; o < outs; o++) {
        let at = u + <usize> f * uStride + <usize> (o * inBlocks) * 256;
        const g = d + <usize> f * dStride + <usize> o * blockBytes;
        let x = v + <usize> f * vStride;
        for (let i = 0; i < ins; i++) {
          accumulate(at, x, g, tiles);
          accumulate(at + 128, x + 16, g, tiles);
          at += 256;
          x += blockBytes;
        }
      }
    }
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
