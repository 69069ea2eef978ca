// The transform of the inputs of Winograd's F(6x6, 3x3) (winograd6.ts has the mathematics). Like
// those of F(4x4, 3x3), it has no loops and computes four channels of a tile at once
// (winograd_tiles.ts tells why).

import {
  AT_17_4,
  AT_2,
  AT_21_4,
  AT_4,
  AT_4TH,
  AT_5,
  AT_5_4,
  AT_HALF,
  minus,
  plus,
} from "./winograd6";

// The rows of B' times a column d0 ... d7, for 0 and infinity, +-1, +-2, +-1/2. The functions of
// the pairs take the even part's d2, d4, d6 or the odd part's d1, d3, d5; the compiler computes
// common subexpressions once.
// @inline
function inputEnd(d0: v128, d2: v128, d4: v128, d6: v128): v128 {
  return plus(AT_21_4, f32x4.sub(d4, d2), f32x4.sub(d0, d6));
}

// @inline
function partOne(x: v128, y: v128, z: v128): v128 {
  return minus(AT_17_4, y, f32x4.add(x, z));
}

// @inline
function partTwo(x: v128, y: v128, z: v128): v128 {
  return minus(AT_5_4, y, plus(AT_4TH, x, z));
}

// @inline
function partHalf(x: v128, y: v128, z: v128): v128 {
  return minus(AT_5, y, plus(AT_4, x, z));
}

// @inline
function inputPlusOne(d1: v128, d2: v128, d3: v128, d4: v128, d5: v128, d6: v128): v128 {
  const even = partOne(d2, d4, d6), odd = partOne(d1, d3, d5);
  return f32x4.add(even, odd);
}

// @inline
function inputMinusOne(d1: v128, d2: v128, d3: v128, d4: v128, d5: v128, d6: v128): v128 {
  const even = partOne(d2, d4, d6), odd = partOne(d1, d3, d5);
  return f32x4.sub(even, odd);
}

// @inline
function inputPlusTwo(d1: v128, d2: v128, d3: v128, d4: v128, d5: v128, d6: v128): v128 {
  const even = partTwo(d2, d4, d6), odd = partTwo(d1, d3, d5);
  return plus(AT_2, odd, even);
}

// @inline
function inputMinusTwo(d1: v128, d2: v128, d3: v128, d4: v128, d5: v128, d6: v128): v128 {
  const even = partTwo(d2, d4, d6), odd = partTwo(d1, d3, d5);
  return minus(AT_2, odd, even);
}

// @inline
function inputPlusHalf(d1: v128, d2: v128, d3: v128, d4: v128, d5: v128, d6: v128): v128 {
  const even = partHalf(d2, d4, d6), odd = partHalf(d1, d3, d5);
  return plus(AT_HALF, odd, even);
}

// @inline
function inputMinusHalf(d1: v128, d2: v128, d3: v128, d4: v128, d5: v128, d6: v128): v128 {
  const even = partHalf(d2, d4, d6), odd = partHalf(d1, d3, d5);
  return minus(AT_HALF, odd, even);
}

/** Stores (d0 ... d7) B, `stride` bytes apart. */
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
  d6: v128,
  d7: v128,
): void {
  v128.store(to, inputEnd(d0, d2, d4, d6));
  v128.store(to + stride, inputPlusOne(d1, d2, d3, d4, d5, d6));
  v128.store(to + 2 * stride, inputMinusOne(d1, d2, d3, d4, d5, d6));
  v128.store(to + 3 * stride, inputPlusTwo(d1, d2, d3, d4, d5, d6));
  v128.store(to + 4 * stride, inputMinusTwo(d1, d2, d3, d4, d5, d6));
  v128.store(to + 5 * stride, inputPlusHalf(d1, d2, d3, d4, d5, d6));
  v128.store(to + 6 * stride, inputMinusHalf(d1, d2, d3, d4, d5, d6));
  v128.store(to + 7 * stride, inputEnd(d7, d5, d3, d1));
}

/**
 * B' d B of one tile of one block: 8x8 pixels from `from`, rows `rowBytes` apart, to 64 pixels
 * `stride` apart.
 */
export function transformInput6(to: usize, stride: usize, from: usize, rowBytes: usize): void {
  transformInputHalf(to, stride, from, rowBytes);
  transformInputHalf(to + 16, stride, from + 16, rowBytes);
}

function transformInputHalf(to: usize, stride: usize, from: usize, rowBytes: usize): void {
  const from1 = from + rowBytes, from2 = from1 + rowBytes, from3 = from2 + rowBytes;
  const from4 = from3 + rowBytes, from5 = from4 + rowBytes, from6 = from5 + rowBytes;
  const from7 = from6 + rowBytes;
  let d0 = v128.load(from), d1 = v128.load(from1), d2 = v128.load(from2);
  let d3 = v128.load(from3), d4 = v128.load(from4), d5 = v128.load(from5);
  let d6 = v128.load(from6), d7 = v128.load(from7);
  const t00 = inputEnd(d0, d2, d4, d6), t70 = inputEnd(d7, d5, d3, d1);
  const t10 = inputPlusOne(d1, d2, d3, d4, d5, d6);
  const t20 = inputMinusOne(d1, d2, d3, d4, d5, d6);
  const t30 = inputPlusTwo(d1, d2, d3, d4, d5, d6);
  const t40 = inputMinusTwo(d1, d2, d3, d4, d5, d6);
  const t50 = inputPlusHalf(d1, d2, d3, d4, d5, d6);
  const t60 = inputMinusHalf(d1, d2, d3, d4, d5, d6);
  d0 = v128.load(from, 32);
  d1 = v128.load(from1, 32);
  d2 = v128.load(from2, 32);
  d3 = v128.load(from3, 32);
  d4 = v128.load(from4, 32);
  d5 = v128.load(from5, 32);
  d6 = v128.load(from6, 32);
  d7 = v128.load(from7, 32);
  const t01 = inputEnd(d0, d2, d4, d6), t71 = inputEnd(d7, d5, d3, d1);
  const t11 = inputPlusOne(d1, d2, d3, d4, d5, d6);
  const t21 = inputMinusOne(d1, d2, d3, d4, d5, d6);
  const t31 = inputPlusTwo(d1, d2, d3, d4, d5, d6);
  const t41 = inputMinusTwo(d1, d2, d3, d4, d5, d6);
  const t51 = inputPlusHalf(d1, d2, d3, d4, d5, d6);
  const t61 = inputMinusHalf(d1, d2, d3, d4, d5, d6);
  d0 = v128.load(from, 64);
  d1 = v128.load(from1, 64);
  d2 = v128.load(from2, 64);
  d3 = v128.load(from3, 64);
  d4 = v128.load(from4, 64);
  d5 = v128.load(from5, 64);
  d6 = v128.load(from6, 64);
  d7 = v128.load(from7, 64);
  const t02 = inputEnd(d0, d2, d4, d6), t72 = inputEnd(d7, d5, d3, d1);
  const t12 = inputPlusOne(d1, d2, d3, d4, d5, d6);
  const t22 = inputMinusOne(d1, d2, d3, d4, d5, d6);
  const t32 = inputPlusTwo(d1, d2, d3, d4, d5, d6);
  const t42 = inputMinusTwo(d1, d2, d3, d4, d5, d6);
  const t52 = inputPlusHalf(d1, d2, d3, d4, d5, d6);
  const t62 = inputMinusHalf(d1, d2, d3, d4, d5, d6);
  d0 = v128.load(from, 96);
  d1 = v128.load(from1, 96);
  d2 = v128.load(from2, 96);
  d3 = v128.load(from3, 96);
  d4 = v128.load(from4, 96);
  d5 = v128.load(from5, 96);
  d6 = v128.load(from6, 96);
  d7 = v128.load(from7, 96);
  const t03 = inputEnd(d0, d2, d4, d6), t73 = inputEnd(d7, d5, d3, d1);
  const t13 = inputPlusOne(d1, d2, d3, d4, d5, d6);
  const t23 = inputMinusOne(d1, d2, d3, d4, d5, d6);
  const t33 = inputPlusTwo(d1, d2, d3, d4, d5, d6);
  const t43 = inputMinusTwo(d1, d2, d3, d4, d5, d6);
  const t53 = inputPlusHalf(d1, d2, d3, d4, d5, d6);
  const t63 = inputMinusHalf(d1, d2, d3, d4, d5, d6);
  d0 = v128.load(from, 128);
  d1 = v128.load(from1, 128);
  d2 = v128.load(from2, 128);
  d3 = v128.load(from3, 128);
  d4 = v128.load(from4, 128);
  d5 = v128.load(from5, 128);
  d6 = v128.load(from6, 128);
  d7 = v128.load(from7, 128);
  const t04 = inputEnd(d0, d2, d4, d6), t74 = inputEnd(d7, d5, d3, d1);
  const t14 = inputPlusOne(d1, d2, d3, d4, d5, d6);
  const t24 = inputMinusOne(d1, d2, d3, d4, d5, d6);
  const t34 = inputPlusTwo(d1, d2, d3, d4, d5, d6);
  const t44 = inputMinusTwo(d1, d2, d3, d4, d5, d6);
  const t54 = inputPlusHalf(d1, d2, d3, d4, d5, d6);
  const t64 = inputMinusHalf(d1, d2, d3, d4, d5, d6);
  d0 = v128.load(from, 160);
  d1 = v128.load(from1, 160);
  d2 = v128.load(from2, 160);
  d3 = v128.load(from3, 160);
  d4 = v128.load(from4, 160);
  d5 = v128.load(from5, 160);
  d6 = v128.load(from6, 160);
  d7 = v128.load(from7, 160);
  const t05 = inputEnd(d0, d2, d4, d6), t75 = inputEnd(d7, d5, d3, d1);
  const t15 = inputPlusOne(d1, d2, d3, d4, d5, d6);
  const t25 = inputMinusOne(d1, d2, d3, d4, d5, d6);
  const t35 = inputPlusTwo(d1, d2, d3, d4, d5, d6);
  const t45 = inputMinusTwo(d1, d2, d3, d4, d5, d6);
  const t55 = inputPlusHalf(d1, d2, d3, d4, d5, d6);
  const t65 = inputMinusHalf(d1, d2, d3, d4, d5, d6);
  d0 = v128.load(from, 192);
  d1 = v128.load(from1, 192);
  d2 = v128.load(from2, 192);
  d3 = v128.load(from3, 192);
  d4 = v128.load(from4, 192);
  d5 = v128.load(from5, 192);
  d6 = v128.load(from6, 192);
  d7 = v128.load(from7, 192);
  const t06 = inputEnd(d0, d2, d4, d6), t76 = inputEnd(d7, d5, d3, d1);
  const t16 = inputPlusOne(d1, d2, d3, d4, d5, d6);
  const t26 = inputMinusOne(d1, d2, d3, d4, d5, d6);
  const t36 = inputPlusTwo(d1, d2, d3, d4, d5, d6);
  const t46 = inputMinusTwo(d1, d2, d3, d4, d5, d6);
  const t56 = inputPlusHalf(d1, d2, d3, d4, d5, d6);
  const t66 = inputMinusHalf(d1, d2, d3, d4, d5, d6);
  d0 = v128.load(from, 224);
  d1 = v128.load(from1, 224);
  d2 = v128.load(from2, 224);
  d3 = v128.load(from3, 224);
  d4 = v128.load(from4, 224);
  d5 = v128.load(from5, 224);
  d6 = v128.load(from6, 224);
  d7 = v128.load(from7, 224);
  const t07 = inputEnd(d0, d2, d4, d6), t77 = inputEnd(d7, d5, d3, d1);
  const t17 = inputPlusOne(d1, d2, d3, d4, d5, d6);
  const t27 = inputMinusOne(d1, d2, d3, d4, d5, d6);
  const t37 = inputPlusTwo(d1, d2, d3, d4, d5, d6);
  const t47 = inputMinusTwo(d1, d2, d3, d4, d5, d6);
  const t57 = inputPlusHalf(d1, d2, d3, d4, d5, d6);
  const t67 = inputMinusHalf(d1, d2, d3, d4, d5, d6);
  const row = 8 * stride;
  storeInput(to, stride, t00, t01, t02, t03, t04, t05, t06, t07);
  storeInput(to + row, stride, t10, t11, t12, t13, t14, t15, t16, t17);
  storeInput(to + 2 * row, stride, t20, t21, t22, t23, t24, t25, t26, t27);
  storeInput(to + 3 * row, stride, t30, t31, t32, t33, t34, t35, t36, t37);
  storeInput(to + 4 * row, stride, t40, t41, t42, t43, t44, t45, t46, t47);
  storeInput(to + 5 * row, stride, t50, t51, t52, t53, t54, t55, t56, t57);
  storeInput(to + 6 * row, stride, t60, t61, t62, t63, t64, t65, t66, t67);
  storeInput(to + 7 * row, stride, t70, t71, t72, t73, t74, t75, t76, t77);
}
