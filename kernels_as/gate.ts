// An attention gate: a map, each of whose pixels is multiplied with the sigmoid of a map of one
// channel, and its gradients:
//
//   out = x s,   s = sigmoid(g)
//   dx = dy s,   dg = s (1 - s) (sum over channels of dy x)
//
// Batch norm and ReLU of both sources are applied as they are read. A task is a strip of rows of
// one image; it computes short runs of pixels in scratch. Memory limits the speed.

import { normalisePixels, packPixels, PIXEL, Source, SOURCE_BYTES } from "./blocks";
import { fma } from "./fma";
import { stripsOf } from "./strips";

/** Pixels of a run. Scratch holds three vectors and a pixel for each. */
export const GATE_RUN: i32 = 128;

/** Packs a run of the gate and writes its sigmoids, each in four lanes. */
function sigmoids(
  to: usize,
  scratch: usize,
  gate: Source,
  n: i32,
  first: i32,
  count: i32,
): void {
  packPixels(scratch, gate, n, 0, first, count);
  for (let i = 0; i < count; i++) {
    const g = load<f32>(scratch + <usize> i * PIXEL);
    const s = <f32> (1 / (1 + Math.exp(-(<f64> g))));
    v128.store(to + <usize> i * 16, f32x4.splat(s));
  }
}

export function gate(
  task: i32,
  scratch: usize,
  sources: usize,
  out: usize,
  stripRows: i32,
): void {
  const source = changetype<Source>(sources);
  const gate = changetype<Source>(sources + SOURCE_BYTES);
  const strips = stripsOf(source.height, stripRows);
  const n = task / strips;
  const y0 = (task % strips) * stripRows;
  const all = source.height * source.width;
  const end = min(y0 + stripRows, source.height) * source.width;
  const x = scratch + <usize> GATE_RUN * 16;
  for (let first = y0 * source.width; first < end; first += GATE_RUN) {
    const count = min(GATE_RUN, end - first);
    sigmoids(scratch, x, gate, n, first, count);
    for (let block = 0; block < source.blocks; block++) {
      const at = (<usize> (n * source.blocks + block) * <usize> all + <usize> first) * PIXEL;
      normalisePixels(x, source.data + at, source, block, count);
      for (let i = 0; i < count; i++) {
        const p = <usize> i * PIXEL;
        const s = v128.load(scratch + <usize> i * 16);
        v128.store(out + at + p, f32x4.mul(v128.load(x + p), s));
        v128.store(out + at + p, f32x4.mul(v128.load(x + p, 16), s), 16);
      }
    }
  }
}

export function gateGradient(
  task: i32,
  scratch: usize,
  sources: usize,
  gradient: usize,
  sourceGradient: usize,
  gateGradient: usize,
  stripRows: i32,
): void {
  const source = changetype<Source>(sources);
  const gate = changetype<Source>(sources + SOURCE_BYTES);
  const strips = stripsOf(source.height, stripRows);
  const n = task / strips;
  const y0 = (task % strips) * stripRows;
  const all = source.height * source.width;
  const end = min(y0 + stripRows, source.height) * source.width;
  const sums = scratch + <usize> GATE_RUN * 16;
  const x = sums + <usize> GATE_RUN * 16;
  for (let first = y0 * source.width; first < end; first += GATE_RUN) {
    const count = min(GATE_RUN, end - first);
    sigmoids(scratch, x, gate, n, first, count);
    memory.fill(sums, 0, <usize> count * 16);
    for (let block = 0; block < source.blocks; block++) {
      const at = (<usize> (n * source.blocks + block) * <usize> all + <usize> first) * PIXEL;
      normalisePixels(x, source.data + at, source, block, count);
      for (let i = 0; i < count; i++) {
        const p = <usize> i * PIXEL;
        const s = v128.load(scratch + <usize> i * 16);
        const dy0 = v128.load(gradient + at + p);
        const dy1 = v128.load(gradient + at + p, 16);
        const sum = fma.madd(dy0, v128.load(x + p), v128.load(sums + <usize> i * 16));
        v128.store(sums + <usize> i * 16, fma.madd(dy1, v128.load(x + p, 16), sum));
        v128.store(sourceGradient + at + p, f32x4.mul(dy0, s));
        v128.store(sourceGradient + at + p, f32x4.mul(dy1, s), 16);
      }
    }
    const to = gateGradient + <usize> (n * all + first) * PIXEL;
    memory.fill(to, 0, <usize> count * PIXEL);
    for (let i = 0; i < count; i++) {
      const s = load<f32>(scratch + <usize> i * 16);
      const sum = v128.load(sums + <usize> i * 16);
      const dot = (f32x4.extract_lane(sum, 0) + f32x4.extract_lane(sum, 1)) +
        (f32x4.extract_lane(sum, 2) + f32x4.extract_lane(sum, 3));
      store<f32>(to + <usize> i * PIXEL, s * (1 - s) * dot);
    }
  }
}
