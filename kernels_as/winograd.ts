// Winograd's minimal filtering F(4x4, 3x3): sixteen outputs of a 3x3 convolution from 36 products
// instead of 144 (Winograd 1980; Lavin and Gray, CVPR 2016). Per tile of 4x4 outputs, from 6x6
// inputs d and a filter g:
//
//   out = A' [ (G g G') . (B' d B) ] A        (. element by element, ' transposed)
//
// The interpolation points are 0, a, -a, b, -b and infinity with a = 2/3, b = 3/2. Since a b = 1,
// there are few constants. Their rounding errors are 3 to 5 times smaller than those of the usual
// points 0, +-1, +-2, with which the input gradient would exceed its tolerance. Points in pairs +-p
// share their even and odd parts, so B' costs 14 operations per row and A' 12.
//
// All transforms compute four channels at a time, by columns, then by rows. This file has the
// constants and the transforms of weights, with `temporary` (36 vectors) between columns and rows;
// winograd_tiles.ts has the transforms of tiles.

import { fma } from "./fma";

export const A: f32 = 2.0 / 3.0;
export const B: f32 = 3.0 / 2.0;
export const A2: f32 = 4.0 / 9.0;
export const B2: f32 = 9.0 / 4.0;
export const A3: f32 = 8.0 / 27.0;
export const B3: f32 = 27.0 / 8.0;
/** a^2 + b^2 */
export const S: f32 = 97.0 / 36.0;
/** Factors of Lagrange's polynomials: 1 / (2 a^2 (a^2 - b^2)) and 1 / (2 b^2 (b^2 - a^2)). */
const NA: f32 = -81.0 / 130.0;
const NB: f32 = 8.0 / 65.0;

/** Elements of a transformed tile. */
export const TILE_ELEMENTS: usize = 36;

/** Bytes of a row of a transformed tile, and of the whole tile, of four channels each. */
const ROW: usize = 6 * 16;
export const TEMPORARY_BYTES: usize = TILE_ELEMENTS * 16;

// @inline
function times(factor: f32, x: v128): v128 {
  return f32x4.mul(f32x4.splat(factor), x);
}

/** factor * x + y */
// @inline
function plus(factor: f32, x: v128, y: v128): v128 {
  return fma.madd(f32x4.splat(factor), x, y);
}

/** Stores G (g0, g1, g2), six vectors. */
// @inline
function storeWeight(to: usize, stride: usize, g0: v128, g1: v128, g2: v128): void {
  const evenA = times(NA, plus(A2, g2, g0));
  const oddA = times(NA * A, g1);
  const evenB = times(NB, plus(B2, g2, g0));
  const oddB = times(NB * B, g1);
  v128.store(to, g0);
  to += stride;
  v128.store(to, f32x4.add(evenA, oddA));
  to += stride;
  v128.store(to, f32x4.sub(evenA, oddA));
  to += stride;
  v128.store(to, f32x4.add(evenB, oddB));
  to += stride;
  v128.store(to, f32x4.sub(evenB, oddB));
  to += stride;
  v128.store(to, g2);
}

/**
 * G g G' of one vector of weights: 3x3 taps, `tap` bytes apart, to 36 vectors `stride` apart.
 */
export function transformWeight(
  to: usize,
  stride: usize,
  from: usize,
  tap: usize,
  temporary: usize,
): void {
  let t = temporary;
  for (let j = 0; j < 3; j++) {
    const column = from + <usize> j * tap;
    const g0 = v128.load(column);
    const g1 = v128.load(column + 3 * tap);
    const g2 = v128.load(column + 6 * tap);
    storeWeight(t, 48, g0, g1, g2);
    t += 16;
  }
  t = temporary;
  for (let i = 0; i < 6; i++) {
    storeWeight(to, stride, v128.load(t), v128.load(t, 16), v128.load(t, 32));
    t += 48;
    to += 6 * stride;
  }
}

/** Stores G' (u0 ... u5), three vectors: from the gradient of transformed weights back to taps. */
// @inline
function storeTaps(
  to: usize,
  stride: usize,
  u0: v128,
  u1: v128,
  u2: v128,
  u3: v128,
  u4: v128,
  u5: v128,
): void {
  const sumA = times(NA, f32x4.add(u1, u2));
  const sumB = times(NB, f32x4.add(u3, u4));
  const oddA = times(NA * A, f32x4.sub(u1, u2));
  const oddB = times(NB * B, f32x4.sub(u3, u4));
  v128.store(to, f32x4.add(u0, f32x4.add(sumA, sumB)));
  v128.store(to + stride, f32x4.add(oddA, oddB));
  v128.store(to + 2 * stride, f32x4.add(plus(A2, sumA, times(B2, sumB)), u5));
}

/** G' u G of one vector: 36 vectors `stride` apart to 3x3 taps, `tap` bytes apart. */
export function transformWeightGradient(
  to: usize,
  tap: usize,
  from: usize,
  stride: usize,
  temporary: usize,
): void {
  let t = temporary;
  for (let j = 0; j < 6; j++) {
    const u0 = v128.load(from);
    const u1 = v128.load(from + 6 * stride);
    const u2 = v128.load(from + 12 * stride);
    const u3 = v128.load(from + 18 * stride);
    const u4 = v128.load(from + 24 * stride);
    const u5 = v128.load(from + 30 * stride);
    storeTaps(t, ROW, u0, u1, u2, u3, u4, u5);
    from += stride;
    t += 16;
  }
  t = temporary;
  for (let i = 0; i < 3; i++) {
    const u0 = v128.load(t);
    const u1 = v128.load(t, 16);
    const u2 = v128.load(t, 32);
    const u3 = v128.load(t, 48);
    const u4 = v128.load(t, 64);
    const u5 = v128.load(t, 80);
    storeTaps(to, tap, u0, u1, u2, u3, u4, u5);
    t += ROW;
    to += 3 * tap;
  }
}
