// Grey from interleaved 8-bit channels, exactly as Pillow's convert("L") (ITU-R 601-2 luma):
//
//   grey = (19595 R + 38470 G + 7471 B + 32768) >> 16
//
// 38470 does not fit into 16 signed bits, so green counts twice with half its weight: a pixel
// becomes the four 16-bit lanes R, G, B, G, and one multiply-add of pairs gives two 32-bit sums per
// pixel.
//
// All kernels convert 16 pixels at a time. `count` is rounded up, and the buffers must have room
// for that, the source for 16 bytes more. Values after the last pixel are undefined.

/** Grey from `count` pixels R, G, B. */
export function greyFromRgb(source: usize, target: usize, count: u32): void {
  for (let i: u32 = 0; i < count; i += 16) {
    const from = source + <usize> i * 3;
    v128.store(
      target + i,
      narrow(
        ofFourRgb(v128.load(from)),
        ofFourRgb(v128.load(from, 12)),
        ofFourRgb(v128.load(from, 24)),
        ofFourRgb(v128.load(from, 36)),
      ),
    );
  }
}

/** Grey from `count` pixels R, G, B, A; alpha is ignored. */
export function greyFromRgba(source: usize, target: usize, count: u32): void {
  for (let i: u32 = 0; i < count; i += 16) {
    const from = source + <usize> i * 4;
    v128.store(
      target + i,
      narrow(
        ofFourRgba(v128.load(from)),
        ofFourRgba(v128.load(from, 16)),
        ofFourRgba(v128.load(from, 32)),
        ofFourRgba(v128.load(from, 48)),
      ),
    );
  }
}

/** Grey from `count` pixels grey, alpha; alpha is ignored. */
export function greyFromGreyAlpha(source: usize, target: usize, count: u32): void {
  for (let i: u32 = 0; i < count; i += 16) {
    const from = source + <usize> i * 2;
    const low = v128.load(from), high = v128.load(from, 16);
    v128.store(
      target + i,
      i8x16.shuffle(low, high, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30),
    );
  }
}

/** Four grey values from 12 bytes; index 16 and above gives the zero of an upper half. */
// @inline
function ofFourRgb(v: v128): v128 {
  return luma(
    i8x16.swizzle(v, i8x16(0, 16, 1, 16, 2, 16, 1, 16, 3, 16, 4, 16, 5, 16, 4, 16)),
    i8x16.swizzle(v, i8x16(6, 16, 7, 16, 8, 16, 7, 16, 9, 16, 10, 16, 11, 16, 10, 16)),
  );
}

/** Four grey values from 16 bytes. */
// @inline
function ofFourRgba(v: v128): v128 {
  return luma(
    i8x16.swizzle(v, i8x16(0, 16, 1, 16, 2, 16, 1, 16, 4, 16, 5, 16, 6, 16, 5, 16)),
    i8x16.swizzle(v, i8x16(8, 16, 9, 16, 10, 16, 9, 16, 12, 16, 13, 16, 14, 16, 13, 16)),
  );
}

/** Four grey values from two times two pixels R, G, B, G. */
// @inline
function luma(low: v128, high: v128): v128 {
  const weights = i16x8(19595, 19235, 7471, 19235, 19595, 19235, 7471, 19235);
  const a = i32x4.dot_i16x8_s(low, weights), b = i32x4.dot_i16x8_s(high, weights);
  const sum = i32x4.add(
    v128.shuffle<i32>(a, b, 0, 2, 4, 6),
    v128.shuffle<i32>(a, b, 1, 3, 5, 7),
  );
  return i32x4.shr_u(i32x4.add(sum, i32x4.splat(32768)), 16);
}

/** 16 bytes from 16 values of 32 bits. */
// @inline
function narrow(a: v128, b: v128, c: v128, d: v128): v128 {
  return i8x16.narrow_i16x8_u(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d));
}
