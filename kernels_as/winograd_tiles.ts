// The transforms of Winograd's F(4x4, 3x3) that every tile goes through (winograd.ts has the
// mathematics): inputs, outputs, and the gradients of outputs for the weight gradient.
//
// They have no loops and compute four channels of a tile at once. V8 then spills the values between
// columns and rows to the machine's stack, with one instruction per load or store. A load from
// WebAssembly's memory takes three and a store four, since its bounds are checked (tile.ts).
// bench/lab/README.md has the measured variants.

import { fma } from "./fma";
import { A, A2, A3, B, B2, B3, S } from "./winograd";

/**
 * The constants in memory, four times each. A vector is then one load, without a bounds check since
 * its address is known; V8 would build a constant by three instructions at every use.
 */
const CONSTANTS = memory.data<f32>(
  // deno-fmt-ignore
  [
    A, A, A, A, A2, A2, A2, A2, A3, A3, A3, A3,
    B, B, B, B, B2, B2, B2, B2, B3, B3, B3, B3,
    S, S, S, S, -A, -A, -A, -A, -B, -B, -B, -B,
  ],
  16,
);
const AT_A: usize = 0;
const AT_A2: usize = 16;
const AT_A3: usize = 32;
const AT_B: usize = 48;
const AT_B2: usize = 64;
const AT_B3: usize = 80;
const AT_S: usize = 96;
const AT_MINUS_A: usize = 112;
const AT_MINUS_B: usize = 128;

/** A vector of one constant; `at` is one of the offsets above. */
// @inline
function constant(at: usize): v128 {
  return v128.load(CONSTANTS + at);
}

/** factor * x */
// @inline
function times(factor: v128, x: v128): v128 {
  return f32x4.mul(factor, x);
}

/** factor * x + y */
// @inline
function plus(factor: v128, x: v128, y: v128): v128 {
  return fma.madd(factor, x, y);
}

/** y - factor * x */
// @inline
function minus(factor: v128, x: v128, y: v128): v128 {
  return fma.nmadd(factor, x, y);
}

// The rows of B' times a column d0 ... d5; the compiler computes common subexpressions once.
// @inline
function inputZero(d0: v128, d2: v128, d4: v128): v128 {
  return f32x4.add(minus(constant(AT_S), d2, d4), d0);
}

// @inline
function inputPlusA(d1: v128, d2: v128, d3: v128, d4: v128): v128 {
  const even = minus(constant(AT_B2), d2, d4);
  const odd = plus(constant(AT_A), d3, times(constant(AT_MINUS_B), d1));
  return f32x4.add(even, odd);
}

// @inline
function inputMinusA(d1: v128, d2: v128, d3: v128, d4: v128): v128 {
  const even = minus(constant(AT_B2), d2, d4);
  const odd = plus(constant(AT_A), d3, times(constant(AT_MINUS_B), d1));
  return f32x4.sub(even, odd);
}

// @inline
function inputPlusB(d1: v128, d2: v128, d3: v128, d4: v128): v128 {
  const even = minus(constant(AT_A2), d2, d4);
  const odd = plus(constant(AT_B), d3, times(constant(AT_MINUS_A), d1));
  return f32x4.add(even, odd);
}

// @inline
function inputMinusB(d1: v128, d2: v128, d3: v128, d4: v128): v128 {
  const even = minus(constant(AT_A2), d2, d4);
  const odd = plus(constant(AT_B), d3, times(constant(AT_MINUS_A), d1));
  return f32x4.sub(even, odd);
}

/** Stores (d0 ... d5) B, `stride` bytes apart. */
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
  v128.store(to, inputZero(d0, d2, d4));
  v128.store(to + stride, inputPlusA(d1, d2, d3, d4));
  v128.store(to + 2 * stride, inputMinusA(d1, d2, d3, d4));
  v128.store(to + 3 * stride, inputPlusB(d1, d2, d3, d4));
  v128.store(to + 4 * stride, inputMinusB(d1, d2, d3, d4));
  v128.store(to + 5 * stride, inputZero(d1, d3, d5));
}

/**
 * B' d B of one tile of one block: 6x6 pixels from `from`, rows `rowBytes` apart, to 36 pixels
 * `stride` apart.
 */
export function transformInput(to: usize, stride: usize, from: usize, rowBytes: usize): void {
  transformInputHalf(to, stride, from, rowBytes);
  transformInputHalf(to + 16, stride, from + 16, rowBytes);
}

function transformInputHalf(to: usize, stride: usize, from: usize, rowBytes: usize): void {
  const from1 = from + rowBytes, from2 = from1 + rowBytes, from3 = from2 + rowBytes;
  const from4 = from3 + rowBytes, from5 = from4 + rowBytes;
  let d0 = v128.load(from), d1 = v128.load(from1), d2 = v128.load(from2);
  let d3 = v128.load(from3), d4 = v128.load(from4), d5 = v128.load(from5);
  const t00 = inputZero(d0, d2, d4), t50 = inputZero(d1, d3, d5);
  const t10 = inputPlusA(d1, d2, d3, d4), t20 = inputMinusA(d1, d2, d3, d4);
  const t30 = inputPlusB(d1, d2, d3, d4), t40 = inputMinusB(d1, d2, d3, d4);
  d0 = v128.load(from, 32);
  d1 = v128.load(from1, 32);
  d2 = v128.load(from2, 32);
  d3 = v128.load(from3, 32);
  d4 = v128.load(from4, 32);
  d5 = v128.load(from5, 32);
  const t01 = inputZero(d0, d2, d4), t51 = inputZero(d1, d3, d5);
  const t11 = inputPlusA(d1, d2, d3, d4), t21 = inputMinusA(d1, d2, d3, d4);
  const t31 = inputPlusB(d1, d2, d3, d4), t41 = inputMinusB(d1, d2, d3, d4);
  d0 = v128.load(from, 64);
  d1 = v128.load(from1, 64);
  d2 = v128.load(from2, 64);
  d3 = v128.load(from3, 64);
  d4 = v128.load(from4, 64);
  d5 = v128.load(from5, 64);
  const t02 = inputZero(d0, d2, d4), t52 = inputZero(d1, d3, d5);
  const t12 = inputPlusA(d1, d2, d3, d4), t22 = inputMinusA(d1, d2, d3, d4);
  const t32 = inputPlusB(d1, d2, d3, d4), t42 = inputMinusB(d1, d2, d3, d4);
  d0 = v128.load(from, 96);
  d1 = v128.load(from1, 96);
  d2 = v128.load(from2, 96);
  d3 = v128.load(from3, 96);
  d4 = v128.load(from4, 96);
  d5 = v128.load(from5, 96);
  const t03 = inputZero(d0, d2, d4), t53 = inputZero(d1, d3, d5);
  const t13 = inputPlusA(d1, d2, d3, d4), t23 = inputMinusA(d1, d2, d3, d4);
  const t33 = inputPlusB(d1, d2, d3, d4), t43 = inputMinusB(d1, d2, d3, d4);
  d0 = v128.load(from, 128);
  d1 = v128.load(from1, 128);
  d2 = v128.load(from2, 128);
  d3 = v128.load(from3, 128);
  d4 = v128.load(from4, 128);
  d5 = v128.load(from5, 128);
  const t04 = inputZero(d0, d2, d4), t54 = inputZero(d1, d3, d5);
  const t14 = inputPlusA(d1, d2, d3, d4), t24 = inputMinusA(d1, d2, d3, d4);
  const t34 = inputPlusB(d1, d2, d3, d4), t44 = inputMinusB(d1, d2, d3, d4);
  d0 = v128.load(from, 160);
  d1 = v128.load(from1, 160);
  d2 = v128.load(from2, 160);
  d3 = v128.load(from3, 160);
  d4 = v128.load(from4, 160);
  d5 = v128.load(from5, 160);
  const t05 = inputZero(d0, d2, d4), t55 = inputZero(d1, d3, d5);
  const t15 = inputPlusA(d1, d2, d3, d4), t25 = inputMinusA(d1, d2, d3, d4);
  const t35 = inputPlusB(d1, d2, d3, d4), t45 = inputMinusB(d1, d2, d3, d4);
  const row = 6 * stride;
  storeInput(to, stride, t00, t01, t02, t03, t04, t05);
  storeInput(to + row, stride, t10, t11, t12, t13, t14, t15);
  storeInput(to + 2 * row, stride, t20, t21, t22, t23, t24, t25);
  storeInput(to + 3 * row, stride, t30, t31, t32, t33, t34, t35);
  storeInput(to + 4 * row, stride, t40, t41, t42, t43, t44, t45);
  storeInput(to + 5 * row, stride, t50, t51, t52, t53, t54, t55);
}

// The rows of A' times a column m0 ... m5.
// @inline
function outputZero(m0: v128, m1: v128, m2: v128, m3: v128, m4: v128): v128 {
  return f32x4.add(f32x4.add(m0, f32x4.add(m1, m2)), f32x4.add(m3, m4));
}

// @inline
function outputOne(m1: v128, m2: v128, m3: v128, m4: v128): v128 {
  return plus(constant(AT_A), f32x4.sub(m1, m2), times(constant(AT_B), f32x4.sub(m3, m4)));
}

// @inline
function outputTwo(m1: v128, m2: v128, m3: v128, m4: v128): v128 {
  return plus(constant(AT_A2), f32x4.add(m1, m2), times(constant(AT_B2), f32x4.add(m3, m4)));
}

// @inline
function outputThree(m1: v128, m2: v128, m3: v128, m4: v128, m5: v128): v128 {
  const withB = plus(constant(AT_B3), f32x4.sub(m3, m4), m5);
  return plus(constant(AT_A3), f32x4.sub(m1, m2), withB);
}

/** Stores (m0 ... m5) A, four pixels side by side. */
// @inline
function storeOutput(
  to: usize,
  m0: v128,
  m1: v128,
  m2: v128,
  m3: v128,
  m4: v128,
  m5: v128,
): void {
  v128.store(to, outputZero(m0, m1, m2, m3, m4));
  v128.store(to, outputOne(m1, m2, m3, m4), 32);
  v128.store(to, outputTwo(m1, m2, m3, m4), 64);
  v128.store(to, outputThree(m1, m2, m3, m4, m5), 96);
}

/**
 * A' m A of one tile of one block: 36 pixels `stride` apart to 4x4 pixels, rows `rowBytes` apart.
 */
export function transformOutput(to: usize, rowBytes: usize, from: usize, stride: usize): void {
  transformOutputHalf(to, rowBytes, from, stride);
  transformOutputHalf(to + 16, rowBytes, from + 16, stride);
}

function transformOutputHalf(to: usize, rowBytes: usize, from: usize, stride: usize): void {
  const row = 6 * stride;
  let m0 = v128.load(from), m1 = v128.load(from + row), m2 = v128.load(from + 2 * row);
  let m3 = v128.load(from + 3 * row),
    m4 = v128.load(from + 4 * row),
    m5 = v128.load(from + 5 * row);
  const t00 = outputZero(m0, m1, m2, m3, m4), t10 = outputOne(m1, m2, m3, m4);
  const t20 = outputTwo(m1, m2, m3, m4), t30 = outputThree(m1, m2, m3, m4, m5);
  from += stride;
  m0 = v128.load(from);
  m1 = v128.load(from + row);
  m2 = v128.load(from + 2 * row);
  m3 = v128.load(from + 3 * row);
  m4 = v128.load(from + 4 * row);
  m5 = v128.load(from + 5 * row);
  const t01 = outputZero(m0, m1, m2, m3, m4), t11 = outputOne(m1, m2, m3, m4);
  const t21 = outputTwo(m1, m2, m3, m4), t31 = outputThree(m1, m2, m3, m4, m5);
  from += stride;
  m0 = v128.load(from);
  m1 = v128.load(from + row);
  m2 = v128.load(from + 2 * row);
  m3 = v128.load(from + 3 * row);
  m4 = v128.load(from + 4 * row);
  m5 = v128.load(from + 5 * row);
  const t02 = outputZero(m0, m1, m2, m3, m4), t12 = outputOne(m1, m2, m3, m4);
  const t22 = outputTwo(m1, m2, m3, m4), t32 = outputThree(m1, m2, m3, m4, m5);
  from += stride;
  m0 = v128.load(from);
  m1 = v128.load(from + row);
  m2 = v128.load(from + 2 * row);
  m3 = v128.load(from + 3 * row);
  m4 = v128.load(from + 4 * row);
  m5 = v128.load(from + 5 * row);
  const t03 = outputZero(m0, m1, m2, m3, m4), t13 = outputOne(m1, m2, m3, m4);
  const t23 = outputTwo(m1, m2, m3, m4), t33 = outputThree(m1, m2, m3, m4, m5);
  from += stride;
  m0 = v128.load(from);
  m1 = v128.load(from + row);
  m2 = v128.load(from + 2 * row);
  m3 = v128.load(from + 3 * row);
  m4 = v128.load(from + 4 * row);
  m5 = v128.load(from + 5 * row);
  const t04 = outputZero(m0, m1, m2, m3, m4), t14 = outputOne(m1, m2, m3, m4);
  const t24 = outputTwo(m1, m2, m3, m4), t34 = outputThree(m1, m2, m3, m4, m5);
  from += stride;
  m0 = v128.load(from);
  m1 = v128.load(from + row);
  m2 = v128.load(from + 2 * row);
  m3 = v128.load(from + 3 * row);
  m4 = v128.load(from + 4 * row);
  m5 = v128.load(from + 5 * row);
  const t05 = outputZero(m0, m1, m2, m3, m4), t15 = outputOne(m1, m2, m3, m4);
  const t25 = outputTwo(m1, m2, m3, m4), t35 = outputThree(m1, m2, m3, m4, m5);
  storeOutput(to, t00, t01, t02, t03, t04, t05);
  storeOutput(to + rowBytes, t10, t11, t12, t13, t14, t15);
  storeOutput(to + 2 * rowBytes, t20, t21, t22, t23, t24, t25);
  storeOutput(to + 3 * rowBytes, t30, t31, t32, t33, t34, t35);
}

// The rows of A times a column y0 ... y3; the first is y0, the last y3.
// @inline
function gradientPlusA(y0: v128, y1: v128, y2: v128, y3: v128): v128 {
  const even = plus(constant(AT_A2), y2, y0);
  const odd = plus(constant(AT_A3), y3, times(constant(AT_A), y1));
  return f32x4.add(even, odd);
}

// @inline
function gradientMinusA(y0: v128, y1: v128, y2: v128, y3: v128): v128 {
  const even = plus(constant(AT_A2), y2, y0);
  const odd = plus(constant(AT_A3), y3, times(constant(AT_A), y1));
  return f32x4.sub(even, odd);
}

// @inline
function gradientPlusB(y0: v128, y1: v128, y2: v128, y3: v128): v128 {
  const even = plus(constant(AT_B2), y2, y0);
  const odd = plus(constant(AT_B3), y3, times(constant(AT_B), y1));
  return f32x4.add(even, odd);
}

// @inline
function gradientMinusB(y0: v128, y1: v128, y2: v128, y3: v128): v128 {
  const even = plus(constant(AT_B2), y2, y0);
  const odd = plus(constant(AT_B3), y3, times(constant(AT_B), y1));
  return f32x4.sub(even, odd);
}

/** Stores (y0 ... y3) A', `stride` bytes apart. */
// @inline
function storeGradient(
  to: usize,
  stride: usize,
  y0: v128,
  y1: v128,
  y2: v128,
  y3: v128,
): void {
  v128.store(to, y0);
  v128.store(to + stride, gradientPlusA(y0, y1, y2, y3));
  v128.store(to + 2 * stride, gradientMinusA(y0, y1, y2, y3));
  v128.store(to + 3 * stride, gradientPlusB(y0, y1, y2, y3));
  v128.store(to + 4 * stride, gradientMinusB(y0, y1, y2, y3));
  v128.store(to + 5 * stride, y3);
}

/**
 * A y A' of one tile of one block: 4x4 pixels from `from`, rows `rowBytes` apart, to 36 pixels
 * `stride` apart.
 */
export function transformGradient(to: usize, stride: usize, from: usize, rowBytes: usize): void {
  transformGradientHalf(to, stride, from, rowBytes);
  transformGradientHalf(to + 16, stride, from + 16, rowBytes);
}

function transformGradientHalf(to: usize, stride: usize, from: usize, rowBytes: usize): void {
  const from1 = from + rowBytes, from2 = from1 + rowBytes, from3 = from2 + rowBytes;
  const t00 = v128.load(from), y10 = v128.load(from1);
  const y20 = v128.load(from2), t50 = v128.load(from3);
  const t10 = gradientPlusA(t00, y10, y20, t50), t20 = gradientMinusA(t00, y10, y20, t50);
  const t30 = gradientPlusB(t00, y10, y20, t50), t40 = gradientMinusB(t00, y10, y20, t50);
  const t01 = v128.load(from, 32), y11 = v128.load(from1, 32);
  const y21 = v128.load(from2, 32), t51 = v128.load(from3, 32);
  const t11 = gradientPlusA(t01, y11, y21, t51), t21 = gradientMinusA(t01, y11, y21, t51);
  const t31 = gradientPlusB(t01, y11, y21, t51), t41 = gradientMinusB(t01, y11, y21, t51);
  const t02 = v128.load(from, 64), y12 = v128.load(from1, 64);
  const y22 = v128.load(from2, 64), t52 = v128.load(from3, 64);
  const t12 = gradientPlusA(t02, y12, y22, t52), t22 = gradientMinusA(t02, y12, y22, t52);
  const t32 = gradientPlusB(t02, y12, y22, t52), t42 = gradientMinusB(t02, y12, y22, t52);
  const t03 = v128.load(from, 96), y13 = v128.load(from1, 96);
  const y23 = v128.load(from2, 96), t53 = v128.load(from3, 96);
  const t13 = gradientPlusA(t03, y13, y23, t53), t23 = gradientMinusA(t03, y13, y23, t53);
  const t33 = gradientPlusB(t03, y13, y23, t53), t43 = gradientMinusB(t03, y13, y23, t53);
  const row = 6 * stride;
  storeGradient(to, stride, t00, t01, t02, t03);
  storeGradient(to + row, stride, t10, t11, t12, t13);
  storeGradient(to + 2 * row, stride, t20, t21, t22, t23);
  storeGradient(to + 3 * row, stride, t30, t31, t32, t33);
  storeGradient(to + 4 * row, stride, t40, t41, t42, t43);
  storeGradient(to + 5 * row, stride, t50, t51, t52, t53);
}
