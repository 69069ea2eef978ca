// The last layer, a 1x1 convolution with bias to a few classes, and its gradients:
//
//   out[n, k, y, x] = bias[k] + sum over i of weight[k, i] * in[n, i, y, x]
//
// It reads every channel of the largest maps once. Memory limits the speed. A task is a strip of
// rows of one image. Logits are a plane (dense); weights are [class][in blocks * 8].

import { normalisePixels, packPixels, PIXEL, Source } from "./blocks";
import { fma } from "./fma";
import { stripsOf } from "./strips";

/** The sum of the four lanes, in a fixed order. */
// @inline
function sumLanes(v: v128): f32 {
  return (f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1)) +
    (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3));
}

export function conv1x1(
  task: i32,
  scratch: usize,
  sources: usize,
  out: usize,
  weight: usize,
  bias: usize,
  classes: i32,
  stripRows: i32,
): void {
  const source = changetype<Source>(sources);
  const strips = stripsOf(source.height, stripRows);
  const n = task / strips;
  const y0 = (task % strips) * stripRows;
  const pixels = min(stripRows, source.height - y0) * source.width;
  const first = y0 * source.width;
  const blockBytes = <usize> (stripRows * source.width) * PIXEL;
  for (let b = 0; b < source.blocks; b++) {
    packPixels(scratch + <usize> b * blockBytes, source, n, b, first, pixels);
  }
  for (let k = 0; k < classes; k++) {
    const w = weight + <usize> (k * source.blocks) * PIXEL;
    const b0 = load<f32>(bias + <usize> k * 4);
    let to = out +
      (<usize> ((n * classes + k) * source.height) * <usize> source.width + <usize> first) * 4;
    for (let p = 0; p < pixels; p++) {
      let sum = f32x4.splat(0);
      let x = scratch + <usize> p * PIXEL;
      for (let b = 0; b < source.blocks; b++) {
        const at = w + <usize> b * PIXEL;
        sum = fma.madd(v128.load(x), v128.load(at), sum);
        sum = fma.madd(v128.load(x, 16), v128.load(at, 16), sum);
        x += blockBytes;
      }
      store<f32>(to, sumLanes(sum) + b0);
      to += 4;
    }
  }
}

/**
 * For one strip: the gradient of the source's values, and a partial of the weight and bias
 * gradients, partials[task][class][blocks * 8 + 8]: the weights of a class, then its bias and seven
 * zeros.
 */
export function conv1x1Gradient(
  task: i32,
  scratch: usize,
  sources: usize,
  gradient: usize,
  weight: usize,
  sourceGradient: usize,
  partials: usize,
  classes: i32,
  stripRows: i32,
): void {
  const source = changetype<Source>(sources);
  const strips = stripsOf(source.height, stripRows);
  const n = task / strips;
  const y0 = (task % strips) * stripRows;
  const pixels = min(stripRows, source.height - y0) * source.width;
  const first = y0 * source.width;
  const all = source.height * source.width;
  const partial = partials + <usize> (task * classes * (source.blocks + 1)) * PIXEL;
  const planes = gradient + (<usize> (n * classes) * <usize> all + <usize> first) * 4;
  for (let b = 0; b < source.blocks; b++) {
    const offset = (<usize> (n * source.blocks + b) * <usize> all + <usize> first) * PIXEL;
    normalisePixels(scratch, source.data + offset, source, b, pixels);
    const to = sourceGradient + offset;
    for (let k = 0; k < classes; k++) {
      const w = weight + <usize> (k * source.blocks + b) * PIXEL;
      const w0 = v128.load(w);
      const w1 = v128.load(w, 16);
      let sum0 = f32x4.splat(0), sum1 = sum0;
      const dy = planes + <usize> k * <usize> all * 4;
      for (let p = 0; p < pixels; p++) {
        const g = v128.load32_splat(dy + <usize> p * 4);
        const at = <usize> p * PIXEL;
        sum0 = fma.madd(v128.load(scratch + at), g, sum0);
        sum1 = fma.madd(v128.load(scratch + at, 16), g, sum1);
        let dx0 = f32x4.mul(g, w0), dx1 = f32x4.mul(g, w1);
        if (k) {
          dx0 = f32x4.add(v128.load(to + at), dx0);
          dx1 = f32x4.add(v128.load(to + at, 16), dx1);
        }
        v128.store(to + at, dx0);
        v128.store(to + at, dx1, 16);
      }
      const out = partial + <usize> (k * (source.blocks + 1) + b) * PIXEL;
      v128.store(out, sum0);
      v128.store(out, sum1, 16);
    }
  }
  for (let k = 0; k < classes; k++) {
    let sum: f64 = 0;
    const dy = planes + <usize> k * <usize> all * 4;
    for (let p = 0; p < pixels; p++) sum += <f64> load<f32>(dy + <usize> p * 4);
    const out = partial + <usize> (k * (source.blocks + 1) + source.blocks) * PIXEL;
    memory.fill(out, 0, PIXEL);
    store<f32>(out, <f32> sum);
  }
}

/**
 * Adds the partials in order into the gradients of one class. The last task clears the lanes of the
 * bias gradient that have no class: the norm of all gradients adds them.
 */
export function conv1x1GradientTotals(
  task: i32,
  _scratch: usize,
  partials: usize,
  partialCount: i32,
  weightGradient: usize,
  biasGradient: usize,
  classes: i32,
  blocks: i32,
): void {
  const partialBytes = <usize> (classes * (blocks + 1)) * PIXEL;
  for (let c = 0; c <= blocks * 8; c++) {
    let sum: f64 = 0;
    let from = partials + <usize> (task * (blocks + 1)) * PIXEL + <usize> c * 4;
    for (let p = 0; p < partialCount; p++) {
      sum += <f64> load<f32>(from);
      from += partialBytes;
    }
    if (c < blocks * 8) {
      store<f32>(weightGradient + <usize> (task * blocks * 8 + c) * 4, <f32> sum);
    } else {
      store<f32>(biasGradient + <usize> task * 4, <f32> sum);
    }
  }
  if (task < classes - 1) return;
  for (let lane = classes; lane % 8 != 0; lane++) store<f32>(biasGradient + <usize> lane * 4, 0);
}
