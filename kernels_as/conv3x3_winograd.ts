// 3x3 convolution and its input gradient by Winograd's F(4x4, 3x3) (winograd.ts), wide layers of
// prediction by F(6x6, 3x3) (winograd6.ts), over windows of tiles (winograd_window.ts). With e = 36
// or 64 elements of a tile:
//
//   1. transform the input tiles:       V[e][in block][tile][8]
//   2. e matrix products over the input channels, tiles in panels:   M[e][out block][tile][8]
//   3. transform back, bias and ReLU, moments, store
//
// An earlier job transforms the weights: U[e][out block][in block][8 in][8 out].
//
// The shape decides between two cuts (lib/engine/cpu/conv3x3_winograd.ts):
//
// - A task does all three for one window, small enough for V and M to stay in the second-level
//   cache.
// - With many channels such a window would be so small that reading U took longer than multiplying
//   with it. The three are then separate jobs over a batch of windows, with V and M in the step's
//   workspace. A task of the second job is one of the tile's elements, so U is read once per
//   batch, and nothing is transformed twice.
//
// Measured on two cores of an Intel Xeon (2 MiB of second-level cache each): for layers with at
// least 2 MiB of U, the second cut takes 4 to 5 % off a forward pass of base 64 at 512x512. For all
// layers it would add 12 % to a training step of base 16 at 256x256.

import { MATRIX, PIXEL, WEIGHT_BLOCK } from "./blocks";
import { multiply, packPanels, PANEL } from "./tile";
import { transformWeight } from "./winograd";
import { transformWeight6 } from "./winograd6";
import {
  elementStride,
  slots,
  takeBatchWindow,
  takeWindow,
  transformInputs,
  transformOutputs,
} from "./winograd_window";

/** The matrix product of one element for output blocks `first` to `last`; `u` are its weights. */
// @inline
function multiplyElement(
  m: usize,
  v: usize,
  blockBytes: usize,
  count: i32,
  panels: usize,
  u: usize,
  inBlocks: i32,
  first: i32,
  last: i32,
): void {
  packPanels(panels, v, blockBytes, inBlocks, count);
  u += <usize> (first * inBlocks) * MATRIX;
  for (let block = first; block < last; block++) {
    multiply(m, panels, u, inBlocks, count);
    u += <usize> inBlocks * MATRIX;
    m += blockBytes;
  }
}

/** Elements of a transformed tile of a side. */
// @inline
function elementsOf(side: i32): usize {
  return <usize> ((side + 2) * (side + 2));
}

/** Steps 1 to 3 for one window and one group of output blocks. */
export function conv3x3Winograd(
  task: i32,
  scratch: usize,
  sources: usize,
  sourceCount: i32,
  targets: usize,
  weight: usize,
  bias: usize,
  low: f32,
  moments: usize,
  height: i32,
  width: i32,
  inBlocks: i32,
  outBlocks: i32,
  tilesY: i32,
  tilesX: i32,
  side: i32,
  groups: i32,
): void {
  const window = task / groups;
  const group = task % groups;
  takeWindow(window, height, width, tilesY, tilesX, side);
  const first = (group * outBlocks) / groups;
  const last = ((group + 1) * outBlocks) / groups;
  const blockBytes = <usize> slots * PIXEL;
  const vStride = elementStride(<usize> inBlocks * blockBytes);
  const mStride = elementStride(<usize> (last - first) * blockBytes);
  const elements = elementsOf(side);
  const v = scratch + <usize> ((side * tilesY + 2) * (side * tilesX + 2)) * PIXEL;
  const m = v + elements * vStride;
  const panels = m + elements * mStride;

  transformInputs(v, vStride, blockBytes, scratch, sources, sourceCount, 0, inBlocks);
  const uStride = elementStride(<usize> (outBlocks * inBlocks) * MATRIX);
  for (let f: usize = 0; f < elements; f++) {
    multiplyElement(
      m + f * mStride,
      v + f * vStride,
      blockBytes,
      slots,
      panels,
      weight + f * uStride,
      inBlocks,
      first,
      last,
    );
  }
  transformOutputs(
    m,
    mStride,
    blockBytes,
    scratch,
    targets,
    bias,
    low,
    moments,
    window,
    outBlocks,
    first,
    last,
  );
}

/**
 * Step 1 for one window of a batch and a group of input blocks. The batch begins with window
 * `firstWindow` and has `batchSlots` slots, a multiple of `unit` for each window.
 */
export function winogradInputs(
  task: i32,
  scratch: usize,
  sources: usize,
  sourceCount: i32,
  v: usize,
  height: i32,
  width: i32,
  inBlocks: i32,
  tilesY: i32,
  tilesX: i32,
  side: i32,
  firstWindow: i32,
  batchSlots: i32,
  unit: i32,
  groups: i32,
): void {
  const window = firstWindow + task / groups;
  const group = task % groups;
  const offset = takeBatchWindow(window, firstWindow, height, width, tilesY, tilesX, side, unit);
  const first = (group * inBlocks) / groups;
  const last = ((group + 1) * inBlocks) / groups;
  const blockBytes = <usize> batchSlots * PIXEL;
  const stride = elementStride(<usize> inBlocks * blockBytes);
  const to = v + <usize> first * blockBytes + offset;
  transformInputs(to, stride, blockBytes, scratch, sources, sourceCount, first, last);
}

/** Step 2 for element `task` of a batch's tiles. */
export function winogradProducts(
  task: i32,
  scratch: usize,
  v: usize,
  m: usize,
  weight: usize,
  inBlocks: i32,
  outBlocks: i32,
  batchSlots: i32,
): void {
  const f = <usize> task;
  const blockBytes = <usize> batchSlots * PIXEL;
  multiplyElement(
    m + f * elementStride(<usize> outBlocks * blockBytes),
    v + f * elementStride(<usize> inBlocks * blockBytes),
    blockBytes,
    batchSlots,
    scratch,
    weight + f * elementStride(<usize> (outBlocks * inBlocks) * MATRIX),
    inBlocks,
    0,
    outBlocks,
  );
}

/** Step 3 for one window of a batch and a group of output blocks. */
export function winogradOutputs(
  task: i32,
  scratch: usize,
  targets: usize,
  m: usize,
  bias: usize,
  low: f32,
  moments: usize,
  height: i32,
  width: i32,
  outBlocks: i32,
  tilesY: i32,
  tilesX: i32,
  side: i32,
  firstWindow: i32,
  batchSlots: i32,
  groups: i32,
): void {
  const window = firstWindow + task / groups;
  const group = task % groups;
  const offset = takeBatchWindow(window, firstWindow, height, width, tilesY, tilesX, side, PANEL);
  const first = (group * outBlocks) / groups;
  const last = ((group + 1) * outBlocks) / groups;
  const blockBytes = <usize> batchSlots * PIXEL;
  const stride = elementStride(<usize> outBlocks * blockBytes);
  transformOutputs(
    m + <usize> first * blockBytes + offset,
    stride,
    blockBytes,
    scratch,
    targets,
    bias,
    low,
    moments,
    window,
    outBlocks,
    first,
    last,
  );
}

/** Transforms the weights of output block `task`: U[element][out block][in block][8 in][8 out]. */
export function winogradWeights(
  task: i32,
  scratch: usize,
  to: usize,
  weight: usize,
  inBlocks: i32,
  outBlocks: i32,
  side: i32,
): void {
  const stride = elementStride(<usize> (outBlocks * inBlocks) * MATRIX);
  const first = <usize> (task * inBlocks);
  for (let block: usize = 0; block < <usize> inBlocks; block++) {
    const from = weight + (first + block) * WEIGHT_BLOCK;
    const u = to + (first + block) * MATRIX;
    for (let vector: usize = 0; vector < MATRIX; vector += 16) {
      if (side == 4) transformWeight(u + vector, stride, from + vector, MATRIX, scratch);
      else transformWeight6(u + vector, stride, from + vector, MATRIX, scratch);
    }
  }
}
