/**
 * The layout of tensors on the CPU: channels in blocks of eight, two vectors of WebAssembly. A map
 * [n, c, h, w] becomes [n][c / 8][h][w][8]; weights become blocks of [8 in][8 out].
 *
 * @module
 */
import type { TensorSpec } from "../../plan/steps.ts";
import { Layout } from "../layout.ts";

export { splitOf, tapsOf } from "../layout.ts";

/** Channels in a block. */
export const LANES = 8;

/** Bytes of one pixel of a block. */
export const PIXEL_BYTES = LANES * 4;

export const LAYOUT = new Layout({
  channels: LANES,
  map: "[n][block][h][w]",
  weights: "squares",
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
