/**
 * The attention gate and its gradients. With x `[n, c, h, w]` and g `[n, 1, h, w]`:
 *
 *     y = x s,   s = 1 / (1 + exp(-g)),   dx = dy s,   dg = s (1 - s) sum_c dy x
 *
 * @module
 */
import type { Gate, GateGradient } from "../../lib/plan/steps.ts";
import { read, type Store, zeros } from "./values.ts";

/** x, the sigmoid of the gate, and the place in it of each value of x. */
function operands(step: Gate | GateGradient, store: Store) {
  const x = read(store, step.source);
  const [, channels, height, width] = x.shape;
  const size = height * width;
  const s = read(store, step.gate).data.map((value) => 1 / (1 + Math.exp(-value)));
  const placeOf = (i: number) => Math.floor(i / (channels * size)) * size + i % size;
  return { x, s, placeOf };
}

export function gate(step: Gate, store: Store): void {
  const { x, s, placeOf } = operands(step, store);
  store.set(step.out, { shape: x.shape, data: x.data.map((value, i) => value * s[placeOf(i)]) });
}

export function gateGradient(step: GateGradient, store: Store): void {
  const { x, s, placeOf } = operands(step, store);
  const dy = store.get(step.gradient).data;
  const dg = zeros(...store.shapeOf(step.gate.tensor));
  x.data.forEach((value, i) => {
    const place = placeOf(i);
    dg.data[place] += s[place] * (1 - s[place]) * dy[i] * value;
  });
  store.set(step.sourceGradient, { shape: x.shape, data: dy.map((g, i) => g * s[placeOf(i)]) });
  store.set(step.gateGradient, dg);
}
