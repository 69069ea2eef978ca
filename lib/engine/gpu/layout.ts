/**
 * The layout of tensors on a GPU: channels last, in blocks of four, so that a shader reads a whole
 * vector. A map [n, c, h, w] becomes [n][h][w][c / 4][4]; weights become rows of output channels,
 * [in block][tap][input channel of the block][out block][4], so that neighbouring invocations read
 * and write neighbouring vectors.
 *
 * @module
 */
import type { TensorSpec } from "../../plan/steps.ts";
import { Layout } from "../layout.ts";

export { splitOf, tapsOf } from "../layout.ts";

/** Channels in a block. */
export const LANES = 4;

/** Bytes of one vector: four channels of a pixel. */
export const VECTOR_BYTES = LANES * 4;

/** The same of a map in 16-bit floats. */
export const HALF_VECTOR_BYTES = LANES * 2;

export const LAYOUT = new Layout({
  channels: LANES,
  map: "[n][h][w][block]",
  weights: "rows",
});

/** Blocks that hold `channels` channels. */
export function blocksOf(channels: number): number {
  return LAYOUT.blocksOf(channels);
}

/** Blocks of all sources of a convolution. */
export function sourceBlocks(split: readonly number[]): number {
  return LAYOUT.sourceBlocks(split);
}

/** Bytes of a tensor. The size of `moments` depends on the convolution that writes them. */
export function bytesOf(spec: TensorSpec): number {
  return LAYOUT.bytesOf(spec);
}
