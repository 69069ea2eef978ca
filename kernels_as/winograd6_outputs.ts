// The transform of the outputs of Winograd's F(6x6, 3x3) (winograd6.ts has the mathematics), built
// like that of the inputs.

import {
  AT_16,
  AT_16TH,
  AT_2,
  AT_32,
  AT_32ND,
  AT_4,
  AT_4TH,
  AT_8,
  AT_8TH,
  AT_HALF,
  plus,
} from "./winograd6";

// The rows of A' times a column m0 ... m7; the compiler computes common subexpressions once.
// @inline
function outputZero(m0: v128, m1: v128, m2: v128, m3: v128, m4: v128, m5: v128, m6: v128): v128 {
  const near = f32x4.add(m0, f32x4.add(m1, m2));
  return f32x4.add(near, f32x4.add(f32x4.add(m3, m4), f32x4.add(m5, m6)));
}

// @inline
function outputOne(m1: v128, m2: v128, m3: v128, m4: v128, m5: v128, m6: v128): v128 {
  const near = plus(AT_2, f32x4.sub(m3, m4), f32x4.sub(m1, m2));
  return plus(AT_HALF, f32x4.sub(m5, m6), near);
}

// @inline
function outputTwo(m1: v128, m2: v128, m3: v128, m4: v128, m5: v128, m6: v128): v128 {
  const near = plus(AT_4, f32x4.add(m3, m4), f32x4.add(m1, m2));
  return plus(AT_4TH, f32x4.add(m5, m6), near);
}

// @inline
function outputThree(m1: v128, m2: v128, m3: v128, m4: v128, m5: v128, m6: v128): v128 {
  const near = plus(AT_8, f32x4.sub(m3, m4), f32x4.sub(m1, m2));
  return plus(AT_8TH, f32x4.sub(m5, m6), near);
}

// @inline
function outputFour(m1: v128, m2: v128, m3: v128, m4: v128, m5: v128, m6: v128): v128 {
  const near = plus(AT_16, f32x4.add(m3, m4), f32x4.add(m1, m2));
  return plus(AT_16TH, f32x4.add(m5, m6), near);
}

// @inline
function outputFive(m1: v128, m2: v128, m3: v128, m4: v128, m5: v128, m6: v128, m7: v128): v128 {
  const near = plus(AT_32, f32x4.sub(m3, m4), f32x4.sub(m1, m2));
  return f32x4.add(plus(AT_32ND, f32x4.sub(m5, m6), near), m7);
}

/** Stores (m0 ... m7) A, six pixels side by side. */
// @inline
function storeOutput(
  to: usize,
  m0: v128,
  m1: v128,
  m2: v128,
  m3: v128,
  m4: v128,
  m5: v128,
  m6: v128,
  m7: v128,
): void {
  v128.store(to, outputZero(m0, m1, m2, m3, m4, m5, m6));
  v128.store(to, outputOne(m1, m2, m3, m4, m5, m6), 32);
  v128.store(to, outputTwo(m1, m2, m3, m4, m5, m6), 64);
  v128.store(to, outputThree(m1, m2, m3, m4, m5, m6), 96);
  v128.store(to, outputFour(m1, m2, m3, m4, m5, m6), 128);
  v128.store(to, outputFive(m1, m2, m3, m4, m5, m6, m7), 160);
}

/**
 * A' m A of one tile of one block: 64 pixels `stride` apart to 6x6 pixels, rows `rowBytes` apart.
 */
export function transformOutput6(to: usize, rowBytes: usize, from: usize, stride: usize): void {
  transformOutputHalf(to, rowBytes, from, stride);
  transformOutputHalf(to + 16, rowBytes, from + 16, stride);
}

function transformOutputHalf(to: usize, rowBytes: usize, from: usize, stride: usize): void {
  const row = 8 * stride;
  let m0 = v128.load(from), m1 = v128.load(from + row), m2 = v128.load(from + 2 * row);
  let m3 = v128.load(from + 3 * row), m4 = v128.load(from + 4 * row);
  let m5 = v128.load(from + 5 * row), m6 = v128.load(from + 6 * row);
  let m7 = v128.load(from + 7 * row);
  const t00 = outputZero(m0, m1, m2, m3, m4, m5, m6);
  const t10 = outputOne(m1, m2, m3, m4, m5, m6);
  const t20 = outputTwo(m1, m2, m3, m4, m5, m6);
  const t30 = outputThree(m1, m2, m3, m4, m5, m6);
  const t40 = outputFour(m1, m2, m3, m4, m5, m6);
  const t50 = outputFive(m1, m2, m3, m4, m5, m6, m7);
  from += stride;
  m0 = v128.load(from);
  m1 = v128.load(from + row);
  m2 = v128.load(from + 2 * row);
  m3 = v128.load(from + 3 * row);
  m4 = v128.load(from + 4 * row);
  m5 = v128.load(from + 5 * row);
  m6 = v128.load(from + 6 * row);
  m7 = v128.load(from + 7 * row);
  const t01 = outputZero(m0, m1, m2, m3, m4, m5, m6);
  const t11 = outputOne(m1, m2, m3, m4, m5, m6);
  const t21 = outputTwo(m1, m2, m3, m4, m5, m6);
  const t31 = outputThree(m1, m2, m3, m4, m5, m6);
  const t41 = outputFour(m1, m2, m3, m4, m5, m6);
  const t51 = outputFive(m1, m2, m3, m4, m5, m6, m7);
  from += stride;
  m0 = v128.load(from);
  m1 = v128.load(from + row);
  m2 = v128.load(from + 2 * row);
  m3 = v128.load(from + 3 * row);
  m4 = v128.load(from + 4 * row);
  m5 = v128.load(from + 5 * row);
  m6 = v128.load(from + 6 * row);
  m7 = v128.load(from + 7 * row);
  const t02 = outputZero(m0, m1, m2, m3, m4, m5, m6);
  const t12 = outputOne(m1, m2, m3, m4, m5, m6);
  const t22 = outputTwo(m1, m2, m3, m4, m5, m6);
  const t32 = outputThree(m1, m2, m3, m4, m5, m6);
  const t42 = outputFour(m1, m2, m3, m4, m5, m6);
  const t52 = outputFive(m1, m2, m3, m4, m5, m6, m7);
  from += stride;
  m0 = v128.load(from);
  m1 = v128.load(from + row);
  m2 = v128.load(from + 2 * row);
  m3 = v128.load(from + 3 * row);
  m4 = v128.load(from + 4 * row);
  m5 = v128.load(from + 5 * row);
  m6 = v128.load(from + 6 * row);
  m7 = v128.load(from + 7 * row);
  const t03 = outputZero(m0, m1, m2, m3, m4, m5, m6);
  const t13 = outputOne(m1, m2, m3, m4, m5, m6);
  const t23 = outputTwo(m1, m2, m3, m4, m5, m6);
  const t33 = outputThree(m1, m2, m3, m4, m5, m6);
  const t43 = outputFour(m1, m2, m3, m4, m5, m6);
  const t53 = outputFive(m1, m2, m3, m4, m5, m6, m7);
  from += stride;
  m0 = v128.load(from);
  m1 = v128.load(from + row);
  m2 = v128.load(from + 2 * row);
  m3 = v128.load(from + 3 * row);
  m4 = v128.load(from + 4 * row);
  m5 = v128.load(from + 5 * row);
  m6 = v128.load(from + 6 * row);
  m7 = v128.load(from + 7 * row);
  const t04 = outputZero(m0, m1, m2, m3, m4, m5, m6);
  const t14 = outputOne(m1, m2, m3, m4, m5, m6);
  const t24 = outputTwo(m1, m2, m3, m4, m5, m6);
  const t34 = outputThree(m1, m2, m3, m4, m5, m6);
  const t44 = outputFour(m1, m2, m3, m4, m5, m6);
  const t54 = outputFive(m1, m2, m3, m4, m5, m6, m7);
  from += stride;
  m0 = v128.load(from);
  m1 = v128.load(from + row);
  m2 = v128.load(from + 2 * row);
  m3 = v128.load(from + 3 * row);
  m4 = v128.load(from + 4 * row);
  m5 = v128.load(from + 5 * row);
  m6 = v128.load(from + 6 * row);
  m7 = v128.load(from + 7 * row);
  const t05 = outputZero(m0, m1, m2, m3, m4, m5, m6);
  const t15 = outputOne(m1, m2, m3, m4, m5, m6);
  const t25 = outputTwo(m1, m2, m3, m4, m5, m6);
  const t35 = outputThree(m1, m2, m3, m4, m5, m6);
  const t45 = outputFour(m1, m2, m3, m4, m5, m6);
  const t55 = outputFive(m1, m2, m3, m4, m5, m6, m7);
  from += stride;
  m0 = v128.load(from);
  m1 = v128.load(from + row);
  m2 = v128.load(from + 2 * row);
  m3 = v128.load(from + 3 * row);
  m4 = v128.load(from + 4 * row);
  m5 = v128.load(from + 5 * row);
  m6 = v128.load(from + 6 * row);
  m7 = v128.load(from + 7 * row);
  const t06 = outputZero(m0, m1, m2, m3, m4, m5, m6);
  const t16 = outputOne(m1, m2, m3, m4, m5, m6);
  const t26 = outputTwo(m1, m2, m3, m4, m5, m6);
  const t36 = outputThree(m1, m2, m3, m4, m5, m6);
  const t46 = outputFour(m1, m2, m3, m4, m5, m6);
  const t56 = outputFive(m1, m2, m3, m4, m5, m6, m7);
  from += stride;
  m0 = v128.load(from);
  m1 = v128.load(from + row);
  m2 = v128.load(from + 2 * row);
  m3 = v128.load(from + 3 * row);
  m4 = v128.load(from + 4 * row);
  m5 = v128.load(from + 5 * row);
  m6 = v128.load(from + 6 * row);
  m7 = v128.load(from + 7 * row);
  const t07 = outputZero(m0, m1, m2, m3, m4, m5, m6);
  const t17 = outputOne(m1, m2, m3, m4, m5, m6);
  const t27 = outputTwo(m1, m2, m3, m4, m5, m6);
  const t37 = outputThree(m1, m2, m3, m4, m5, m6);
  const t47 = outputFour(m1, m2, m3, m4, m5, m6);
  const t57 = outputFive(m1, m2, m3, m4, m5, m6, m7);
  storeOutput(to, t00, t01, t02, t03, t04, t05, t06, t07);
  storeOutput(to + rowBytes, t10, t11, t12, t13, t14, t15, t16, t17);
  storeOutput(to + 2 * rowBytes, t20, t21, t22, t23, t24, t25, t26, t27);
  storeOutput(to + 3 * rowBytes, t30, t31, t32, t33, t34, t35, t36, t37);
  storeOutput(to + 4 * rowBytes, t40, t41, t42, t43, t44, t45, t46, t47);
  storeOutput(to + 5 * rowBytes, t50, t51, t52, t53, t54, t55, t56, t57);
}
