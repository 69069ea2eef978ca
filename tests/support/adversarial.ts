/**
 * Inputs that are hard for sums in float32, and the measure of the errors.
 *
 * @module
 */
import { RandomStream } from "../../lib/core/random.ts";
import type { Tensor } from "../../lib/core/tensor.ts";
import { tensorOf } from "./step_program.ts";

/** Half a unit in the last place of float32, relative. */
export const ROUNDING = 2 ** -24;

/** Draws a tensor; `channels` axis is 1 for maps `[n, c, h, w]`. */
export type Fill = (shape: readonly number[], random: RandomStream) => Tensor<Float32Array>;

const uniform = (random: RandomStream) => 2 * random.uniform() - 1;

/** Distributions of the values of maps. */
export const FILLS: Readonly<Record<string, Fill>> = {
  "values around zero": (shape, random) => tensorOf(shape, () => uniform(random)),
  "a mean of 1000": (shape, random) => tensorOf(shape, () => 1000 + uniform(random)),
  "magnitudes from 1e-4 to 1e4": (shape, random) =>
    tensorOf(shape, () => Math.sign(uniform(random)) * 10 ** (4 * uniform(random))),
  "channels of very different scale": (shape, random) => {
    const size = shape[2] * shape[3];
    const scales = Array.from({ length: shape[1] }, () => 10 ** (4 * uniform(random)));
    return tensorOf(
      shape,
      (index) => uniform(random) * scales[Math.floor(index / size) % shape[1]],
    );
  },
  "a checkerboard": (shape) =>
    tensorOf(shape, (index) => {
      const row = Math.floor(index / shape[3]);
      return (row + index % shape[3]) % 2 === 0 ? 1 : -1;
    }),
};

/**
 * Weights `[o, i, 3, 3]` with a sum near zero in each filter, so that the contribution of a large
 * mean cancels.
 */
export function zeroSumWeights(shape: readonly number[], random: RandomStream) {
  const weight = tensorOf(shape, () => uniform(random));
  const size = weight.data.length / shape[0];
  for (let o = 0; o < shape[0]; o++) {
    const filter = weight.data.subarray(o * size, (o + 1) * size);
    const mean = filter.reduce((sum, value) => sum + value, 0) / size;
    for (let i = 0; i < size; i++) filter[i] -= mean;
  }
  return weight;
}

/** |values|. */
export function absolute({ shape, data }: Tensor): Tensor<Float64Array> {
  return { shape, data: Float64Array.from(data as Float32Array, Math.abs) };
}

/**
 * For each plane of `[.., h, w]`: the maximum over the window of `radius` rows and columns to each
 * side.
 */
export function largestNear({ shape, data }: Tensor, radius: number): Tensor<Float64Array> {
  const [height, width] = shape.slice(-2);
  const across = new Float64Array(data.length);
  const result = new Float64Array(data.length);
  for (let start = 0; start < data.length; start += width) {
    for (let x = 0; x < width; x++) {
      let most = 0;
      const last = Math.min(width - 1, x + radius);
      for (let i = Math.max(0, x - radius); i <= last; i++) {
        most = Math.max(most, Number(data[start + i]));
      }
      across[start + x] = most;
    }
  }
  for (let plane = 0; plane < data.length; plane += height * width) {
    for (let y = 0; y < height; y++) {
      const [first, last] = [Math.max(0, y - radius), Math.min(height - 1, y + radius)];
      for (let x = 0; x < width; x++) {
        let most = 0;
        for (let i = first; i <= last; i++) most = Math.max(most, across[plane + i * width + x]);
        result[plane + y * width + x] = most;
      }
    }
  }
  return { shape, data: result };
}

/** The largest error, in roundings of `mass`. */
export function worstError(got: Tensor, expected: Tensor, mass: Tensor): number {
  let worst = 0;
  for (let i = 0; i < expected.data.length; i++) {
    const error = Math.abs(Number(got.data[i]) - Number(expected.data[i]));
    const allowed = ROUNDING * Number(mass.data[i]);
    if (!(error <= worst * allowed)) worst = allowed > 0 ? error / allowed : Infinity;
  }
  return worst;
}
