/**
 * How Winograd's kernels cut a map into windows of tiles of 4x4 pixels: pure functions of the shape.
 *
 * @module
 */
import { LANES, PIXEL_BYTES } from "./layout.ts";

/** Frequencies of a tile. */
export const FREQUENCIES = 36;

/** A tile's side in pixels. */
const SIDE = 4;

/** TEMPORARY of kernels_as/winograd.ts. */
export const TEMPORARY_BYTES = 576;

/** Windows of `tilesY` x `tilesX` tiles. */
export interface TileCut {
  readonly tilesY: number;
  readonly tilesX: number;
  /** Windows per image. */
  readonly windows: number;
}

/** Cuts a map into windows of about `most` tiles, as equal as possible, whole rows where they fit. */
export function cutTiles(height: number, width: number, most: number): TileCut {
  const across = Math.ceil(width / SIDE);
  const down = Math.ceil(height / SIDE);
  const tilesX = Math.ceil(across / Math.ceil(across / most));
  const rows = Math.max(1, Math.floor(most / tilesX));
  const tilesY = Math.ceil(down / Math.ceil(down / rows));
  return { tilesY, tilesX, windows: Math.ceil(across / tilesX) * Math.ceil(down / tilesY) };
}

/** Bytes of a packed window with its halo, which also takes one transformed output block. */
export function windowBytes({ tilesY, tilesX }: TileCut): number {
  return (SIDE * tilesY + 2) * (SIDE * tilesX + 2) * PIXEL_BYTES;
}

/** Bytes of all frequencies of `blocks` blocks of `slots` tiles. */
export function frequencyBytes(blocks: number, slots: number): number {
  return spread(blocks * slots * PIXEL_BYTES);
}

/** Bytes of transformed weights, or of their gradient. */
export function transformedWeightBytes(inBlocks: number, outBlocks: number): number {
  return spread(inBlocks * outBlocks * LANES * PIXEL_BYTES);
}

/** Frequencies lie an odd number of cache lines apart, see kernels_as/conv3x3_winograd.ts. */
function spread(bytes: number): number {
  const lines = Math.ceil(bytes / 64);
  return FREQUENCIES * (lines % 2 === 0 ? lines + 1 : lines) * 64;
}
