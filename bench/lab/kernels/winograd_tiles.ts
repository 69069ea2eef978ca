// The transforms of Winograd's tiles (kernels_as/winograd.ts has the mathematics), over a window of
// `down` x `across` tiles for `blocks` blocks of eight channels, as the convolution calls them:
// elements lie `stride` bytes apart, and one packed window serves all blocks.
//
// Variant 1 of each loops over columns, then rows, with intermediate values in memory (`temporary`,
// 36 vectors). Variant 2 is the product's. README.md has the measured speeds.

import { PIXEL } from "../../../kernels_as/blocks";
import { A, A2, A3, B, B2, B3, S } from "../../../kernels_as/winograd";
import {
  transformGradient,
  transformInput,
  transformOutput,
} from "../../../kernels_as/winograd_tiles";

/** Bytes of six and of four vectors. */
const SIX: usize = 96;
const FOUR: usize = 64;

/** The peak: loads and stores `bytes` bytes, a multiple of 64, as vectors. */
export function copy(to: usize, from: usize, bytes: usize): void {
  for (const end = from + bytes; from < end; from += 64, to += 64) {
    v128.store(to, v128.load(from));
    v128.store(to, v128.load(from, 16), 16);
    v128.store(to, v128.load(from, 32), 32);
    v128.store(to, v128.load(from, 48), 48);
  }
}

// @inline
function times(factor: f32, x: v128): v128 {
  return f32x4.mul(f32x4.splat(factor), x);
}

/** factor * x + y */
// @inline
function plus(factor: f32, x: v128, y: v128): v128 {
  return f32x4.relaxed_madd(f32x4.splat(factor), x, y);
}

/** B' (d0 ... d5): six vectors from `from`, `step` bytes apart, to six, `stride` apart. */
// @inline
function inputs(to: usize, stride: usize, from: usize, step: usize): void {
  const d0 = v128.load(from), d1 = v128.load(from + step), d2 = v128.load(from + 2 * step);
  const d3 = v128.load(from + 3 * step), d4 = v128.load(from + 4 * step);
  const d5 = v128.load(from + 5 * step);
  const evenA = plus(-B2, d2, d4), oddA = plus(A, d3, times(-B, d1));
  const evenB = plus(-A2, d2, d4), oddB = plus(B, d3, times(-A, d1));
  v128.store(to, f32x4.add(plus(-S, d2, d4), d0));
  v128.store(to + stride, f32x4.add(evenA, oddA));
  v128.store(to + 2 * stride, f32x4.sub(evenA, oddA));
  v128.store(to + 3 * stride, f32x4.add(evenB, oddB));
  v128.store(to + 4 * stride, f32x4.sub(evenB, oddB));
  v128.store(to + 5 * stride, f32x4.add(plus(-S, d3, d5), d1));
}

/** A' (m0 ... m5): six vectors to four. */
// @inline
function outputs(to: usize, stride: usize, from: usize, step: usize): void {
  const m0 = v128.load(from), m1 = v128.load(from + step), m2 = v128.load(from + 2 * step);
  const m3 = v128.load(from + 3 * step), m4 = v128.load(from + 4 * step);
  const m5 = v128.load(from + 5 * step);
  const sumA = f32x4.add(m1, m2), differenceA = f32x4.sub(m1, m2);
  const sumB = f32x4.add(m3, m4), differenceB = f32x4.sub(m3, m4);
  v128.store(to, f32x4.add(f32x4.add(m0, sumA), sumB));
  v128.store(to + stride, plus(A, differenceA, times(B, differenceB)));
  v128.store(to + 2 * stride, plus(A2, sumA, times(B2, sumB)));
  v128.store(to + 3 * stride, plus(A3, differenceA, plus(B3, differenceB, m5)));
}

/** A (y0 ... y3): four vectors to six. */
// @inline
function gradients(to: usize, stride: usize, from: usize, step: usize): void {
  const y0 = v128.load(from), y1 = v128.load(from + step);
  const y2 = v128.load(from + 2 * step), y3 = v128.load(from + 3 * step);
  const evenA = plus(A2, y2, y0), oddA = plus(A3, y3, times(A, y1));
  const evenB = plus(B2, y2, y0), oddB = plus(B3, y3, times(B, y1));
  v128.store(to, y0);
  v128.store(to + stride, f32x4.add(evenA, oddA));
  v128.store(to + 2 * stride, f32x4.sub(evenA, oddA));
  v128.store(to + 3 * stride, f32x4.add(evenB, oddB));
  v128.store(to + 4 * stride, f32x4.sub(evenB, oddB));
  v128.store(to + 5 * stride, y3);
}

export function input1(
  window: usize,
  elements: usize,
  stride: usize,
  down: i32,
  across: i32,
  blocks: i32,
  temporary: usize,
): void {
  const row = <usize> (4 * across + 2) * PIXEL;
  for (let block = 0; block < blocks; block++) {
    for (let ty = 0; ty < down; ty++) {
      let from = window + <usize> (4 * ty) * row;
      for (let tx = 0; tx < across; tx++) {
        inputLoops(elements, stride, from, row, temporary);
        inputLoops(elements + 16, stride, from + 16, row, temporary);
        from += 4 * PIXEL;
        elements += PIXEL;
      }
    }
  }
}

function inputLoops(to: usize, stride: usize, from: usize, row: usize, temporary: usize): void {
  let t = temporary;
  for (let j = 0; j < 6; j++) {
    inputs(t, SIX, from, row);
    from += PIXEL;
    t += 16;
  }
  t = temporary;
  for (let i = 0; i < 6; i++) {
    inputs(to, stride, t, 16);
    t += SIX;
    to += 6 * stride;
  }
}

export function input2(
  window: usize,
  elements: usize,
  stride: usize,
  down: i32,
  across: i32,
  blocks: i32,
): void {
  const row = <usize> (4 * across + 2) * PIXEL;
  for (let block = 0; block < blocks; block++) {
    for (let ty = 0; ty < down; ty++) {
      let from = window + <usize> (4 * ty) * row;
      for (let tx = 0; tx < across; tx++) {
        transformInput(elements, stride, from, row);
        from += 4 * PIXEL;
        elements += PIXEL;
      }
    }
  }
}

export function output1(
  window: usize,
  elements: usize,
  stride: usize,
  down: i32,
  across: i32,
  blocks: i32,
  temporary: usize,
): void {
  const row = <usize> (4 * across) * PIXEL;
  for (let block = 0; block < blocks; block++) {
    for (let ty = 0; ty < down; ty++) {
      let to = window + <usize> (4 * ty) * row;
      for (let tx = 0; tx < across; tx++) {
        outputLoops(to, row, elements, stride, temporary);
        outputLoops(to + 16, row, elements + 16, stride, temporary);
        to += 4 * PIXEL;
        elements += PIXEL;
      }
    }
  }
}

function outputLoops(to: usize, row: usize, from: usize, stride: usize, temporary: usize): void {
  let t = temporary;
  for (let j = 0; j < 6; j++) {
    outputs(t, SIX, from, 6 * stride);
    from += stride;
    t += 16;
  }
  t = temporary;
  for (let i = 0; i < 4; i++) {
    outputs(to, PIXEL, t, 16);
    t += SIX;
    to += row;
  }
}

export function output2(
  window: usize,
  elements: usize,
  stride: usize,
  down: i32,
  across: i32,
  blocks: i32,
): void {
  const row = <usize> (4 * across) * PIXEL;
  for (let block = 0; block < blocks; block++) {
    for (let ty = 0; ty < down; ty++) {
      let to = window + <usize> (4 * ty) * row;
      for (let tx = 0; tx < across; tx++) {
        transformOutput(to, row, elements, stride);
        to += 4 * PIXEL;
        elements += PIXEL;
      }
    }
  }
}

export function gradient1(
  window: usize,
  elements: usize,
  stride: usize,
  down: i32,
  across: i32,
  blocks: i32,
  temporary: usize,
): void {
  const row = <usize> (4 * across) * PIXEL;
  for (let block = 0; block < blocks; block++) {
    for (let ty = 0; ty < down; ty++) {
      let from = window + <usize> (4 * ty) * row;
      for (let tx = 0; tx < across; tx++) {
        gradientLoops(elements, stride, from, row, temporary);
        gradientLoops(elements + 16, stride, from + 16, row, temporary);
        from += 4 * PIXEL;
        elements += PIXEL;
      }
    }
  }
}

function gradientLoops(to: usize, stride: usize, from: usize, row: usize, temporary: usize): void {
  let t = temporary;
  for (let j = 0; j < 4; j++) {
    gradients(t, FOUR, from, row);
    from += PIXEL;
    t += 16;
  }
  t = temporary;
  for (let i = 0; i < 6; i++) {
    gradients(to, stride, t, 16);
    t += FOUR;
    to += 6 * stride;
  }
}

export function gradient2(
  window: usize,
  elements: usize,
  stride: usize,
  down: i32,
  across: i32,
  blocks: i32,
): void {
  const row = <usize> (4 * across) * PIXEL;
  for (let block = 0; block < blocks; block++) {
    for (let ty = 0; ty < down; ty++) {
      let from = window + <usize> (4 * ty) * row;
      for (let tx = 0; tx < across; tx++) {
        transformGradient(elements, stride, from, row);
        from += 4 * PIXEL;
        elements += PIXEL;
      }
    }
  }
}
