// Winograd's minimal filtering F(6x6, 3x3): 36 outputs from 64 products, where F(4x4, 3x3) takes 81
// (winograd.ts has the mathematics). The interpolation points are 0, +-1, +-2, +-1/2 and infinity.
//
// Its rounding errors are about four times those of F(4x4, 3x3). Therefore only prediction uses it,
// in wide layers (lib/engine/cpu/tiles.ts). 3/5, 4/7, 5/9, 5/8 or 2/3 and their inverses in place
// of 1/2 and 2 have larger errors or equal ones, and constants that are rounded.

import { fma } from "./fma";

/**
 * The constants of the transforms of tiles, four times each, in memory (winograd_tiles.ts tells
 * why).
 */
const CONSTANTS = memory.data<f32>(
  // deno-fmt-ignore
  [
    21.0 / 4.0, 21.0 / 4.0, 21.0 / 4.0, 21.0 / 4.0,
    17.0 / 4.0, 17.0 / 4.0, 17.0 / 4.0, 17.0 / 4.0,
    1.25, 1.25, 1.25, 1.25, 5, 5, 5, 5,
    2, 2, 2, 2, 4, 4, 4, 4, 8, 8, 8, 8, 16, 16, 16, 16, 32, 32, 32, 32,
    0.5, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.25, 0.125, 0.125, 0.125, 0.125,
    0.0625, 0.0625, 0.0625, 0.0625, 0.03125, 0.03125, 0.03125, 0.03125,
  ],
  16,
);
export const AT_21_4: usize = 0;
export const AT_17_4: usize = 16;
export const AT_5_4: usize = 32;
export const AT_5: usize = 48;
export const AT_2: usize = 64;
export const AT_4: usize = 80;
export const AT_8: usize = 96;
export const AT_16: usize = 112;
export const AT_32: usize = 128;
export const AT_HALF: usize = 144;
export const AT_4TH: usize = 160;
export const AT_8TH: usize = 176;
export const AT_16TH: usize = 192;
export const AT_32ND: usize = 208;

/** The constant at `at` * x + y. */
// @inline
export function plus(at: usize, x: v128, y: v128): v128 {
  return fma.madd(v128.load(CONSTANTS + at), x, y);
}

/** y - the constant at `at` * x */
// @inline
export function minus(at: usize, x: v128, y: v128): v128 {
  return fma.nmadd(v128.load(CONSTANTS + at), x, y);
}

// @inline
function times(factor: f32, x: v128): v128 {
  return f32x4.mul(f32x4.splat(factor), x);
}

/** Factors of Lagrange's polynomials for +-1, +-2 and +-1/2. */
const N1: f32 = -2.0 / 9.0;
const N2: f32 = 1.0 / 90.0;
const NHALF: f32 = 32.0 / 45.0;

/** Stores G (g0, g1, g2), eight vectors. */
// @inline
function storeWeight(to: usize, stride: usize, g0: v128, g1: v128, g2: v128): void {
  const evenOne = times(N1, f32x4.add(g0, g2)), oddOne = times(N1, g1);
  const evenTwo = times(N2, plus(AT_4, g2, g0)), oddTwo = times(2 * N2, g1);
  const evenHalf = times(NHALF, plus(AT_4TH, g2, g0)), oddHalf = times(0.5 * NHALF, g1);
  v128.store(to, g0);
  v128.store(to + stride, f32x4.add(evenOne, oddOne));
  v128.store(to + 2 * stride, f32x4.sub(evenOne, oddOne));
  v128.store(to + 3 * stride, f32x4.add(evenTwo, oddTwo));
  v128.store(to + 4 * stride, f32x4.sub(evenTwo, oddTwo));
  v128.store(to + 5 * stride, f32x4.add(evenHalf, oddHalf));
  v128.store(to + 6 * stride, f32x4.sub(evenHalf, oddHalf));
  v128.store(to + 7 * stride, g2);
}

/**
 * G g G' of one vector of weights: 3x3 taps, `tap` bytes apart, to 64 vectors `stride` apart.
 */
export function transformWeight6(
  to: usize,
  stride: usize,
  from: usize,
  tap: usize,
  temporary: usize,
): void {
  for (let j: usize = 0; j < 3; j++) {
    const column = from + j * tap;
    const g0 = v128.load(column);
    const g1 = v128.load(column + 3 * tap);
    const g2 = v128.load(column + 6 * tap);
    storeWeight(temporary + 16 * j, 48, g0, g1, g2);
  }
  for (let i = 0; i < 8; i++) {
    const g0 = v128.load(temporary), g1 = v128.load(temporary, 16);
    storeWeight(to, stride, g0, g1, v128.load(temporary, 32));
    temporary += 48;
    to += 8 * stride;
  }
}
