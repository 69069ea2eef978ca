/** @module */
import type { ReluGradient, Sum } from "../../lib/plan/steps.ts";
import { read, type Store, zeros } from "./values.ts";

export function sum(step: Sum, store: Store): void {
  const shape = store.shapeOf(step.out);
  const data = step.adds ? store.get(step.out).data.slice() : zeros(...shape).data;
  for (const source of step.sources) {
    const x = read(store, source);
    if (String(x.shape) !== String(shape)) throw new RangeError(`cannot add [${x.shape}]`);
    x.data.forEach((value, i) => data[i] += value);
  }
  store.set(step.out, { shape, data });
}

export function reluGradient(step: ReluGradient, store: Store): void {
  const { shape, data: value } = read(store, step.source);
  const before = step.adds ? store.get(step.out).data : zeros(...shape).data;
  const data = store.get(step.gradient).data
    .map((gradient, i) => before[i] + (value[i] > 0 ? gradient : 0));
  store.set(step.out, { shape, data });
}
