// Rotates the weights of a 3x3 convolution by 180 degrees, for its input gradient: taps in reverse
// order, input and output channels exchanged.
//
//   flippedWeights[b][o][8 - k][8 out][8 in] = weight[o][b][k][8 in][8 out]
//
// A task is one input block b, for all output blocks o.

import { MATRIX, WEIGHT_BLOCK } from "./blocks";
import { transposeBlock } from "./tile";

export function rotate180(
  task: i32,
  _scratch: usize,
  flippedWeights: usize,
  weight: usize,
  inBlocks: i32,
  outBlocks: i32,
): void {
  for (let o = 0; o < outBlocks; o++) {
    const from = weight + <usize> (o * inBlocks + task) * WEIGHT_BLOCK;
    const to = flippedWeights + <usize> (task * outBlocks + o) * WEIGHT_BLOCK;
    for (let k = 0; k < 9; k++) {
      transposeBlock(to + <usize> (8 - k) * MATRIX, from + <usize> k * MATRIX);
    }
  }
}
