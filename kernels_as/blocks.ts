// How a map lies in memory, and how a step reads it.
//
// A map [n, c, h, w] is stored as [n][c / 8][h][w][8]: eight channels of a pixel side by side, two v128. Channels past
// c in the last block hold zeros in every tensor that a kernel may multiply with. A plane [n, c, h, w] is dense. No tensor carries a
// halo: the zeros around an image are written when a strip is packed (packStrip), after batch norm and ReLU.

/** Bytes of one pixel of one block: 8 floats. */
export const PIXEL: usize = 32;

/** A tensor as a step reads it; the host writes the record. */
@unmanaged
export class Source {
  /** First byte of the tensor. */
  data: usize;
  /** First byte of [4][blocks * 8]: mean, rstd, scale, shift; 0 for none. */
  norm: usize;
  /** The smallest value after the norm: 0 for ReLU, -infinity for none. */
  low: f32;
  /** Blocks of 8 channels. */
  blocks: i32;
  /** Channels of a plane, which is dense; 0 for a map. */
  planeChannels: i32;
  height: i32;
  width: i32;
  /** Where the tensor lies in its reader's frame. */
  top: i32;
  left: i32;
}

/** Where a convolution writes: `blocks` blocks of a map that is a window of the frame. */
@unmanaged
export class Target {
  data: usize;
  blocks: i32;
  height: i32;
  width: i32;
  top: i32;
  left: i32;
}

/** Bytes of a Source and of a Target record. */
export const SOURCE_BYTES: usize = offsetof<Source>();
export const TARGET_BYTES: usize = offsetof<Target>();

/** Pixels of one packed block of `rows` + 2 rows: the slack lets a tile of 6 pixels read past the end. */
export function stripPixels(rows: i32, width: i32): usize {
  return <usize> ((rows + 2) * (width + 2) + 8);
}

/**
 * Packs blocks [from, to) of a source: rows y0 - 1 to y0 + rows of image n, columns -1 to frameWidth, zero
 * outside the source, batch norm and ReLU applied. Layout [block][row][column][8], one block every
 * stripPixels. A power-of-two stride, which would fall into few cache sets, cannot occur for the usual widths.
 */
export function packStrip(
  strip: usize,
  source: Source,
  from: i32,
  to: i32,
  n: i32,
  y0: i32,
  rows: i32,
  frameWidth: i32,
): void {
  const packedWidth = frameWidth + 2;
  const blockBytes = stripPixels(rows, frameWidth) * PIXEL;
  const rowBytes = <usize> packedWidth * PIXEL;
  const left = source.left + 1;
  const right = frameWidth + 1 - source.left - source.width;
  for (let block = from; block < to; block++) {
    let row = strip + <usize> (block - from) * blockBytes;
    for (let r = -1; r <= rows; r++) {
      const y = y0 + r - source.top;
      if (y < 0 || y >= source.height) {
        memory.fill(row, 0, rowBytes);
      } else {
        // A source wider than the frame cannot occur, so both margins are at least one pixel.
        memory.fill(row, 0, <usize> left * PIXEL);
        packRow(row + <usize> left * PIXEL, source, n, block, y);
        memory.fill(row + rowBytes - <usize> right * PIXEL, 0, <usize> right * PIXEL);
      }
      row += rowBytes;
    }
  }
}

/** Packs pixels [first, first + count) of a block of image n, counted row by row, without any halo. */
export function packPixels(
  out: usize,
  source: Source,
  n: i32,
  block: i32,
  first: i32,
  count: i32,
): void {
  const pixels = source.height * source.width;
  if (source.planeChannels) {
    packPlane(out, source, n, block, first, count);
    return;
  }
  const from = source.data + (<usize> (n * source.blocks + block) * pixels + first) * PIXEL;
  normalisePixels(out, from, source, block, count);
}

function packRow(out: usize, source: Source, n: i32, block: i32, y: i32): void {
  packPixels(out, source, n, block, y * source.width, source.width);
}

/** Spreads the dense channels of a plane over the lanes of a block; lanes without a channel get zeros. */
function packPlane(
  out: usize,
  source: Source,
  n: i32,
  block: i32,
  first: i32,
  count: i32,
): void {
  const pixels = source.height * source.width;
  const lanes = min(8, source.planeChannels - block * 8);
  memory.fill(out, 0, <usize> count * PIXEL);
  for (let lane = 0; lane < lanes; lane++) {
    const channel = n * source.planeChannels + block * 8 + lane;
    let from = source.data + (<usize> channel * pixels + first) * 4;
    let to = out + <usize> lane * 4;
    for (let i = 0; i < count; i++) {
      store<f32>(to, load<f32>(from));
      from += 4;
      to += PIXEL;
    }
  }
}

/** Copies `count` pixels of a block through its batch norm and ReLU. */
export function normalisePixels(
  out: usize,
  from: usize,
  source: Source,
  block: i32,
  count: i32,
): void {
  if (!source.norm) {
    memory.copy(out, from, <usize> count * PIXEL);
    return;
  }
  const row = <usize> source.blocks * PIXEL;
  const norm = source.norm + <usize> block * PIXEL;
  const mean0 = v128.load(norm);
  const mean1 = v128.load(norm, 16);
  const scale0 = v128.load(norm + 2 * row);
  const scale1 = v128.load(norm + 2 * row, 16);
  const shift0 = v128.load(norm + 3 * row);
  const shift1 = v128.load(norm + 3 * row, 16);
  const low = f32x4.splat(source.low);
  for (let i = 0; i < count; i++) {
    const x0 = f32x4.sub(v128.load(from), mean0);
    const x1 = f32x4.sub(v128.load(from, 16), mean1);
    v128.store(out, f32x4.max(f32x4.relaxed_madd(x0, scale0, shift0), low));
    v128.store(out, f32x4.max(f32x4.relaxed_madd(x1, scale1, shift1), low), 16);
    from += PIXEL;
    out += PIXEL;
  }
}
