// Blocks of a grey JPEG file: the cosine transform of 8 x 8 pixels, divided by steps and rounded.
//
//   rows[y][u] = sum over x of (pixel[y][x] - 128) * cosine[u][x]
//   value[v][u] = sum over y of rows[y][u] * cosine[v][y]
//   result = round(value[v][u] / step[v][u]), halves up, as Math.round()
//
// All sums are doubles in the order of x and y. Many values lie on a half, so another order would
// give other files. Two neighbours u are computed at once.

/** Bytes of the tables: 64 doubles each of cosines and of steps, then 64 places. */
export const JPEG_TABLE_BYTES: i32 = 64 * 8 + 64 * 8 + 64;

/** The bytes of eight doubles. */
const ROW: usize = 64;

/**
 * Transforms `blocks` blocks side by side. Their rows are `stride` bytes apart. `tables` holds the
 * cosines as [position][frequency], the steps, and for each value its place in the file. The result
 * is 64 numbers of 16 bits a block. `temporary` has room for 128 doubles.
 */
export function jpegBlocks(
  source: usize,
  stride: usize,
  blocks: u32,
  target: usize,
  tables: usize,
  temporary: usize,
): void {
  for (let block: u32 = 0; block < blocks; block++) {
    for (let y: usize = 0; y < 8; y++) {
      transformRow(source + y * stride, temporary + y * ROW, tables);
    }
    const values = temporary + 8 * ROW;
    for (let u: usize = 0; u < 64; u += 16) transformColumns(temporary + u, values + u, tables);
    for (let i: usize = 0; i < 64; i += 2) {
      const value = f64x2.div(v128.load(values + i * 8), v128.load(tables + 512 + i * 8));
      const up = f64x2.ceil(value);
      const isBelowHalf = f64x2.gt(f64x2.sub(up, f64x2.splat(0.5)), value);
      const rounded = f64x2.sub(up, v128.and(isBelowHalf, f64x2.splat(1)));
      const whole = i32x4.trunc_sat_f64x2_s_zero(rounded);
      v128.store16_lane(target + 2 * <usize> load<u8>(tables + 1024 + i), whole, 0);
      v128.store16_lane(target + 2 * <usize> load<u8>(tables + 1025 + i), whole, 2);
    }
    source += 8;
    target += 128;
  }
}

/** The eight frequencies of a row of pixels. */
// @inline
function transformRow(pixels: usize, target: usize, cosines: usize): void {
  const first = shifted(pixels);
  let a = f64x2.mul(first, v128.load(cosines)), b = f64x2.mul(first, v128.load(cosines, 16));
  let c = f64x2.mul(first, v128.load(cosines, 32)), d = f64x2.mul(first, v128.load(cosines, 48));
  for (let x: usize = 1; x < 8; x++) {
    const pixel = shifted(pixels + x), at = cosines + x * ROW;
    a = f64x2.add(a, f64x2.mul(pixel, v128.load(at)));
    b = f64x2.add(b, f64x2.mul(pixel, v128.load(at, 16)));
    c = f64x2.add(c, f64x2.mul(pixel, v128.load(at, 32)));
    d = f64x2.add(d, f64x2.mul(pixel, v128.load(at, 48)));
  }
  v128.store(target, a);
  v128.store(target, b, 16);
  v128.store(target, c, 32);
  v128.store(target, d, 48);
}

/** A pixel less 128, twice. */
// @inline
function shifted(pixel: usize): v128 {
  return f64x2.splat(<f64> (<i32> load<u8>(pixel) - 128));
}

/** The eight frequencies of two columns. */
// @inline
function transformColumns(rows: usize, target: usize, cosines: usize): void {
  for (let v: usize = 0; v < 8; v++) {
    const at = cosines + v * 8;
    let sum = f64x2.mul(v128.load(rows), v128.load64_splat(at));
    for (let y: usize = 1; y < 8; y++) {
      sum = f64x2.add(sum, f64x2.mul(v128.load(rows + y * ROW), v128.load64_splat(at + y * ROW)));
    }
    v128.store(target + v * ROW, sum);
  }
}
