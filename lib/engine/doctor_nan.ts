/**
 * Self-test of NaN: whether one survives ReLU and max pooling. Stored results hold none. A driver
 * that takes for granted that no value is NaN turns both into max(), which drops it, and a training
 * that has diverged would look sound.
 *
 * @module
 */
import type { Tensor } from "../core/tensor.ts";
import { forwardOnly, type Plan } from "../plan/plan.ts";
import type { TensorSpec } from "../plan/steps.ts";
import type { Engine } from "./engine.ts";

/** Two blocks of channels. */
const CHANNELS = 6;

/** Windows of 2x2 pixels, row by row: a NaN at each place, and none. */
const WINDOWS: readonly (readonly number[])[] = [
  [NaN, 2, -1, 3],
  [2, NaN, Infinity, -1],
  [-1, -Infinity, NaN, 5],
  [3, 2, 1, NaN],
  [NaN, NaN, NaN, NaN],
  [-1, -4, -2, -3],
];

const SHAPE = [1, CHANNELS, 2, 2 * WINDOWS.length];

/** Says what a lost NaN means, after the name of an engine. */
export const LOSES_NAN = "loses NaN in ReLU or max pooling, so that a training that has diverged " +
  "would look sound";

/** Whether an engine loses a NaN in ReLU or max pooling. */
export async function losesNan(engine: Engine): Promise<boolean> {
  const { pooled, rectified } = await engine.runSteps(PLAN, { x: input() }, PLAN.outputs);
  return WINDOWS.some((window, at) => {
    const most = Math.max(...window);
    return !isAll(pooled, at, most) || !isAll(rectified, at, Math.max(most, 0));
  });
}

/** Max pooling of a map, and of the map after ReLU. */
const PLAN: Plan = (() => {
  const map = (name: string, shape: readonly number[]): TensorSpec => ({
    name,
    kind: "map",
    shape,
  });
  const half = [1, CHANNELS, 1, WINDOWS.length];
  return {
    tensors: [map("x", SHAPE), map("pooled", half), map("rectified", half)],
    segments: forwardOnly([
      { kind: "maxpool2", source: { tensor: "x" }, out: "pooled" },
      { kind: "maxpool2", source: { tensor: "x", relu: true }, out: "rectified" },
    ]),
    persistent: [],
    inputs: ["x"],
    outputs: ["pooled", "rectified"],
  };
})();

function input(): Tensor {
  const rows = [0, 1].map((row) => WINDOWS.flatMap((window) => window.slice(2 * row, 2 * row + 2)));
  return { shape: SHAPE, data: Float32Array.from(Array(CHANNELS).fill(rows.flat()).flat()) };
}

/** Whether a window's result has this value in every channel. */
function isAll({ data }: Tensor, window: number, value: number): boolean {
  const count = WINDOWS.length;
  return Array.from({ length: CHANNELS }, (_, c) => Number(data[c * count + window]))
    .every((found) => found === value || Number.isNaN(found) && Number.isNaN(value));
}
