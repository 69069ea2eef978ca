// The Gaussian blur of augmentation: rows, then columns, in integers, so that every machine
// computes the same bytes. The edge pixels continue outside.

/**
 * Blurs an image in place with `2 radius + 1` weights below 65536, in units of 1/65536, that add up
 * to 65536. `line` has room for `width + 2 radius + 8` bytes, `rows` for `height` lines of
 * `width + 8` bytes.
 */
export function blur(
  pixels: usize,
  width: i32,
  height: i32,
  weights: usize,
  radius: i32,
  line: usize,
  rows: usize,
): void {
  const stride = <usize> (width + 8);
  for (let y = 0; y < height; y++) {
    const row = pixels + <usize> (y * width);
    memory.fill(line, load<u8>(row), radius);
    memory.copy(line + <usize> radius, row, width);
    memory.fill(line + <usize> (radius + width), load<u8>(row + <usize> (width - 1)), radius + 8);
    blurRow(line, 1, 0, 2 * radius, width, weights, radius, rows + <usize> y * stride);
  }
  for (let y = 0; y < height; y++) {
    blurRow(rows, stride, y - radius, height - 1, width, weights, radius, line);
    memory.copy(pixels + <usize> (y * width), line, width);
  }
}

/**
 * Adds up weighted runs of `width` bytes, eight at a time. Run k begins `first + k` strides behind
 * `from`, but no further than `last` strides, and not before `from`.
 */
function blurRow(
  from: usize,
  stride: usize,
  first: i32,
  last: i32,
  width: i32,
  weights: usize,
  radius: i32,
  to: usize,
): void {
  for (let x = 0; x < width; x += 8) {
    let low = i32x4.splat(32768);
    let high = i32x4.splat(32768);
    for (let k = 0; k <= 2 * radius; k++) {
      const run = max(0, min(last, first + k));
      const values = v128.load8x8_u(from + <usize> run * stride + <usize> x);
      const weight = i16x8.splat(load<u16>(weights + <usize> k * 4));
      low = i32x4.add(low, i32x4.extmul_low_i16x8_u(values, weight));
      high = i32x4.add(high, i32x4.extmul_high_i16x8_u(values, weight));
    }
    const words = i16x8.narrow_i32x4_u(i32x4.shr_u(low, 16), i32x4.shr_u(high, 16));
    v128.store64_lane(to + <usize> x, i8x16.narrow_i16x8_u(words, words), 0);
  }
}
