/**
 * Bilinear resize of float maps with half-pixel centres, antialiased when shrinking: torchvision's
 * `resize(antialias=True)` of a float tensor. Prediction resizes logits to the size of the image
 * with it.
 *
 * @module
 */
import { axisWeights } from "./resample_weights.ts";

/**
 * Resizes one map of floats; a horizontal pass, then a vertical one, as PyTorch does.
 *
 * @param values `[height, width]`.
 * @returns A new array `[newHeight, newWidth]`.
 */
export function resizeFloat(
  values: Float32Array,
  width: number,
  height: number,
  newWidth: number,
  newHeight: number,
): Float32Array {
  const across = width === newWidth ? values : resizeAcross(values, width, height, newWidth);
  return height === newHeight ? across.slice() : resizeDown(across, newWidth, height, newHeight);
}

function resizeAcross(
  values: Float32Array,
  width: number,
  height: number,
  newWidth: number,
): Float32Array {
  const { taps, bounds, weights } = axisWeights(width, newWidth);
  const result = new Float32Array(newWidth * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < newWidth; x++) {
      const from = y * width + bounds[2 * x];
      const count = bounds[2 * x + 1];
      let sum = 0;
      for (let k = 0; k < count; k++) sum += values[from + k] * weights[x * taps + k];
      result[y * newWidth + x] = sum;
    }
  }
  return result;
}

function resizeDown(
  values: Float32Array,
  width: number,
  height: number,
  newHeight: number,
): Float32Array {
  const { taps, bounds, weights } = axisWeights(height, newHeight);
  const result = new Float32Array(width * newHeight);
  const sums = new Float64Array(width);
  for (let y = 0; y < newHeight; y++) {
    const [first, count] = [bounds[2 * y], bounds[2 * y + 1]];
    const [from, to, k] = [first * width, y * width, y * taps];
    if (count === 2) {
      // As almost everywhere in a map that grows: without a pass for each tap.
      const [upper, lower] = [weights[k], weights[k + 1]];
      for (let x = 0; x < width; x++) {
        result[to + x] = 0 + values[from + x] * upper + values[from + width + x] * lower;
      }
      continue;
    }
    sums.fill(0);
    for (let tap = 0; tap < count; tap++) {
      const [row, weight] = [from + tap * width, weights[k + tap]];
      for (let x = 0; x < width; x++) sums[x] += values[row + x] * weight;
    }
    result.set(sums, to);
  }
  return result;
}
