// Resampling of 8-bit grey images along the vertical axis, in Pillow's fixed-point arithmetic:
//
//   target[y][x] = clamp((2^21 + sum over k of source[first[y] + k][x] * weight[y][k]) >> 22)
//
// with weights in units of 2^-22. All columns have the same weights, so 16 of them are computed at
// once from whole vectors. The horizontal pass is the same on the transposed image: transposition
// moves each byte once, where a horizontal kernel would gather every tap. Both cost far less than
// decoding.
//
// Rows are `stride` bytes apart. The kernels read and write whole blocks of columns, so buffers
// need room after their last row. Bytes written past the end of a row fall into padding or into the
// next row, which is written later.

/** Fractional bits of a weight. */
export const WEIGHT_PLACES: i32 = 22;

/**
 * Computes `rows` rows of `width` columns. `bounds` holds a pair of u32 per target row: the first
 * source row and the number of taps. `weights` holds `taps` i32 per target row, of which the first
 * (number of taps) are used.
 */
export function resizeRows(
  source: usize,
  sourceStride: usize,
  target: usize,
  targetStride: usize,
  width: u32,
  rows: u32,
  bounds: usize,
  weights: usize,
  taps: u32,
): void {
  for (let y: u32 = 0; y < rows; y++) {
    const first = load<u32>(bounds), count = load<u32>(bounds, 4);
    const lastWeight = weights + <usize> count * 4;
    const from = source + <usize> first * sourceStride;
    for (let x: u32 = 0; x < width; x += 16) {
      let a = i32x4.splat(1 << (WEIGHT_PLACES - 1)), b = a, c = a, d = a;
      let at = from + x;
      for (let w = weights; w < lastWeight; w += 4) {
        const weight = v128.load32_splat(w);
        const pixels = v128.load(at);
        const low = i16x8.extend_low_i8x16_u(pixels), high = i16x8.extend_high_i8x16_u(pixels);
        a = i32x4.add(a, i32x4.mul(i32x4.extend_low_i16x8_u(low), weight));
        b = i32x4.add(b, i32x4.mul(i32x4.extend_high_i16x8_u(low), weight));
        c = i32x4.add(c, i32x4.mul(i32x4.extend_low_i16x8_u(high), weight));
        d = i32x4.add(d, i32x4.mul(i32x4.extend_high_i16x8_u(high), weight));
        at += sourceStride;
      }
      v128.store(
        target + x,
        i8x16.narrow_i16x8_u(
          i16x8.narrow_i32x4_s(i32x4.shr_s(a, WEIGHT_PLACES), i32x4.shr_s(b, WEIGHT_PLACES)),
          i16x8.narrow_i32x4_s(i32x4.shr_s(c, WEIGHT_PLACES), i32x4.shr_s(d, WEIGHT_PLACES)),
        ),
      );
    }
    bounds += 8;
    weights += <usize> taps * 4;
    target += targetStride;
  }
}

/**
 * Transposes `rows` rows of `columns` bytes to `columns` rows of `rows` bytes, in blocks of 8 x 8.
 * Both counts are rounded up to blocks, for reading and for writing; `targetStride` must hold a
 * rounded row.
 */
export function transpose(
  source: usize,
  sourceStride: usize,
  target: usize,
  targetStride: usize,
  rows: u32,
  columns: u32,
): void {
  for (let y: u32 = 0; y < rows; y += 8) {
    for (let x: u32 = 0; x < columns; x += 8) {
      transposeBlock(
        source + <usize> y * sourceStride + x,
        sourceStride,
        target + <usize> x * targetStride + y,
        targetStride,
      );
    }
  }
}

/** Transposes 8 x 8 bytes by interleaving rows: bytes of pairs, then pairs of fours, then fours. */
// @inline
function transposeBlock(from: usize, fromStride: usize, to: usize, toStride: usize): void {
  const r01 = interleave1(load8(from), load8(from + fromStride));
  const r23 = interleave1(load8(from + 2 * fromStride), load8(from + 3 * fromStride));
  const r45 = interleave1(load8(from + 4 * fromStride), load8(from + 5 * fromStride));
  const r67 = interleave1(load8(from + 6 * fromStride), load8(from + 7 * fromStride));
  const r0123low = v128.shuffle<i16>(r01, r23, 0, 8, 1, 9, 2, 10, 3, 11);
  const r0123high = v128.shuffle<i16>(r01, r23, 4, 12, 5, 13, 6, 14, 7, 15);
  const r4567low = v128.shuffle<i16>(r45, r67, 0, 8, 1, 9, 2, 10, 3, 11);
  const r4567high = v128.shuffle<i16>(r45, r67, 4, 12, 5, 13, 6, 14, 7, 15);
  storeTwo(to, toStride, v128.shuffle<i32>(r0123low, r4567low, 0, 4, 1, 5));
  storeTwo(to + 2 * toStride, toStride, v128.shuffle<i32>(r0123low, r4567low, 2, 6, 3, 7));
  storeTwo(to + 4 * toStride, toStride, v128.shuffle<i32>(r0123high, r4567high, 0, 4, 1, 5));
  storeTwo(to + 6 * toStride, toStride, v128.shuffle<i32>(r0123high, r4567high, 2, 6, 3, 7));
}

// @inline
function load8(address: usize): v128 {
  return v128.load64_zero(address);
}

// @inline
function interleave1(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

/** Stores the two halves of a vector in two rows. */
// @inline
function storeTwo(address: usize, stride: usize, rows: v128): void {
  v128.store64_lane(address, rows, 0);
  v128.store64_lane(address + stride, rows, 1);
}
