// Folds a batch norm with its running statistics into the convolution before it, for prediction:
//
//   weight * scale,   bias = shift - mean * scale,   scale = gamma / sqrt(var + epsilon)
//
// A task is one output block. The kernel runs once per model.

import { MATRIX, PIXEL } from "./blocks";

/** Folds one output block: weights [block][matrix][8 in][8 out] and bias. */
export function fold(
  task: i32,
  _scratch: usize,
  weight: usize,
  gamma: usize,
  beta: usize,
  runningMean: usize,
  runningVar: usize,
  outWeight: usize,
  outBias: usize,
  matrices: i32,
  epsilon: f64,
): void {
  for (let lane = 0; lane < 8; lane++) {
    const at = <usize> task * PIXEL + <usize> lane * 4;
    const scale = <f64> load<f32>(gamma + at) /
      Math.sqrt(<f64> load<f32>(runningVar + at) + epsilon);
    const shift = <f64> load<f32>(beta + at) - <f64> load<f32>(runningMean + at) * scale;
    store<f32>(outBias + at, <f32> shift);
    let offset = <usize> (task * matrices) * MATRIX + <usize> lane * 4;
    for (let i = 0; i < matrices * 8; i++) {
      store<f32>(outWeight + offset, <f32> (<f64> load<f32>(weight + offset) * scale));
      offset += PIXEL;
    }
  }
}
