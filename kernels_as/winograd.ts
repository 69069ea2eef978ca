// Winograd's minimal filtering F(4x4, 3x3): sixteen outputs of a 3x3 convolution from 36 products instead of 144
// (Winograd 1980; Lavin and Gray, CVPR 2016). Per tile of 4x4 outputs, from 6x6 inputs d and a filter g:
//
//   out = A' [ (G g G') . (B' d B) ] A        (. element by element, ' transposed)
//
// The interpolation points are 0, a, -a, b, -b and infinity with a = 2/3, b = 3/2. Their product is 1, which keeps the constants few, and
// their rounding errors are 3 to 5 times smaller than those of the textbook's 0, +-1, +-2, which would break the tolerances of
// the input gradient. Points in pairs +-p share their even and odd parts, so B' costs 14 operations a row and A' 12.
//
// Everything works on four channels at a time. A tile is transformed by columns into `temporary` (36 vectors), then by rows.

import { PIXEL } from "./blocks";

const A: f32 = 2.0 / 3.0;
const B: f32 = 3.0 / 2.0;
const A2: f32 = 4.0 / 9.0;
const B2: f32 = 9.0 / 4.0;
const A3: f32 = 8.0 / 27.0;
const B3: f32 = 27.0 / 8.0;
/** a^2 + b^2 */
const S: f32 = 97.0 / 36.0;
/** 1 / (2 a^2 (a^2 - b^2)) and 1 / (2 b^2 (b^2 - a^2)): what Lagrange's polynomials are divided by. */
const NA: f32 = -81.0 / 130.0;
const NB: f32 = 8.0 / 65.0;

/** Bytes of six and of thirty-six vectors. */
const ROW: usize = 96;
export const TEMPORARY: usize = 576;

// @inline
function times(factor: f32, x: v128): v128 {
  return f32x4.mul(f32x4.splat(factor), x);
}

/** factor * x + y */
// @inline
function plus(factor: f32, x: v128, y: v128): v128 {
  return f32x4.relaxed_madd(f32x4.splat(factor), x, y);
}

/** Stores B' (d0 ... d5), `stride` bytes apart. */
// @inline
function storeInput(
  to: usize,
  stride: usize,
  d0: v128,
  d1: v128,
  d2: v128,
  d3: v128,
  d4: v128,
  d5: v128,
): void {
  const evenA = plus(-B2, d2, d4);
  const oddA = plus(A, d3, times(-B, d1));
  const evenB = plus(-A2, d2, d4);
  const oddB = plus(B, d3, times(-A, d1));
  v128.store(to, f32x4.add(plus(-S, d2, d4), d0));
  to += stride;
  v128.store(to, f32x4.add(evenA, oddA));
  to += stride;
  v128.store(to, f32x4.sub(evenA, oddA));
  to += stride;
  v128.store(to, f32x4.add(evenB, oddB));
  to += stride;
  v128.store(to, f32x4.sub(evenB, oddB));
  to += stride;
  v128.store(to, f32x4.add(plus(-S, d3, d5), d1));
}

/**
 * B' d B of one tile of one block: 6x6 pixels from `from`, rows `rowBytes` apart, to 36 pixels `stride` apart.
 */
export function transformInput(
  to: usize,
  stride: usize,
  from: usize,
  rowBytes: usize,
  temporary: usize,
): void {
  for (let half = 0; half < 2; half++) {
    let p = from;
    let t = temporary;
    for (let j = 0; j < 6; j++) {
      const d0 = v128.load(p);
      const d1 = v128.load(p + rowBytes);
      const d2 = v128.load(p + 2 * rowBytes);
      const d3 = v128.load(p + 3 * rowBytes);
      const d4 = v128.load(p + 4 * rowBytes);
      const d5 = v128.load(p + 5 * rowBytes);
      storeInput(t, ROW, d0, d1, d2, d3, d4, d5);
      p += PIXEL;
      t += 16;
    }
    t = temporary;
    let v = to;
    for (let i = 0; i < 6; i++) {
      const d0 = v128.load(t);
      const d1 = v128.load(t, 16);
      const d2 = v128.load(t, 32);
      const d3 = v128.load(t, 48);
      const d4 = v128.load(t, 64);
      const d5 = v128.load(t, 80);
      storeInput(v, stride, d0, d1, d2, d3, d4, d5);
      t += ROW;
      v += 6 * stride;
    }
    from += 16;
    to += 16;
  }
}

/** Stores A' (m0 ... m5), four vectors `stride` bytes apart. */
// @inline
function storeOutput(
  to: usize,
  stride: usize,
  m0: v128,
  m1: v128,
  m2: v128,
  m3: v128,
  m4: v128,
  m5: v128,
): void {
  const sumA = f32x4.add(m1, m2);
  const differenceA = f32x4.sub(m1, m2);
  const sumB = f32x4.add(m3, m4);
  const differenceB = f32x4.sub(m3, m4);
  v128.store(to, f32x4.add(f32x4.add(m0, sumA), sumB));
  to += stride;
  v128.store(to, plus(A, differenceA, times(B, differenceB)));
  to += stride;
  v128.store(to, plus(A2, sumA, times(B2, sumB)));
  to += stride;
  v128.store(to, plus(A3, differenceA, plus(B3, differenceB, m5)));
}

/** A' m A of one tile of one block: 36 pixels `stride` apart to 4x4 pixels, rows `rowBytes` apart. */
export function transformOutput(
  to: usize,
  rowBytes: usize,
  from: usize,
  stride: usize,
  temporary: usize,
): void {
  for (let half = 0; half < 2; half++) {
    let m = from;
    let t = temporary;
    for (let j = 0; j < 6; j++) {
      const m0 = v128.load(m);
      const m1 = v128.load(m + 6 * stride);
      const m2 = v128.load(m + 12 * stride);
      const m3 = v128.load(m + 18 * stride);
      const m4 = v128.load(m + 24 * stride);
      const m5 = v128.load(m + 30 * stride);
      storeOutput(t, ROW, m0, m1, m2, m3, m4, m5);
      m += stride;
      t += 16;
    }
    t = temporary;
    let p = to;
    for (let i = 0; i < 4; i++) {
      const m0 = v128.load(t);
      const m1 = v128.load(t, 16);
      const m2 = v128.load(t, 32);
      const m3 = v128.load(t, 48);
      const m4 = v128.load(t, 64);
      const m5 = v128.load(t, 80);
      storeOutput(p, PIXEL, m0, m1, m2, m3, m4, m5);
      t += ROW;
      p += rowBytes;
    }
    from += 16;
    to += 16;
  }
}

/** Stores A (y0 ... y3), six vectors: the transform of an output's gradient. */
// @inline
function storeGradient(
  to: usize,
  stride: usize,
  y0: v128,
  y1: v128,
  y2: v128,
  y3: v128,
): void {
  const evenA = plus(A2, y2, y0);
  const oddA = plus(A3, y3, times(A, y1));
  const evenB = plus(B2, y2, y0);
  const oddB = plus(B3, y3, times(B, y1));
  v128.store(to, y0);
  to += stride;
  v128.store(to, f32x4.add(evenA, oddA));
  to += stride;
  v128.store(to, f32x4.sub(evenA, oddA));
  to += stride;
  v128.store(to, f32x4.add(evenB, oddB));
  to += stride;
  v128.store(to, f32x4.sub(evenB, oddB));
  to += stride;
  v128.store(to, y3);
}

/** A y A' of one tile of one block: 4x4 pixels from `from` to 36 pixels `stride` apart. */
export function transformGradient(
  to: usize,
  stride: usize,
  from: usize,
  rowBytes: usize,
  temporary: usize,
): void {
  for (let half = 0; half < 2; half++) {
    let p = from;
    let t = temporary;
    for (let j = 0; j < 4; j++) {
      const y0 = v128.load(p);
      const y1 = v128.load(p + rowBytes);
      const y2 = v128.load(p + 2 * rowBytes);
      const y3 = v128.load(p + 3 * rowBytes);
      storeGradient(t, 64, y0, y1, y2, y3);
      p += PIXEL;
      t += 16;
    }
    t = temporary;
    let v = to;
    for (let i = 0; i < 6; i++) {
      const y0 = v128.load(t);
      const y1 = v128.load(t, 16);
      const y2 = v128.load(t, 32);
      const y3 = v128.load(t, 48);
      storeGradient(v, stride, y0, y1, y2, y3);
      t += 64;
      v += 6 * stride;
    }
    from += 16;
    to += 16;
  }
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
