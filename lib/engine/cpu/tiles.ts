/**
 * Cuts a map into windows of tiles of 4x4 or 6x6 pixels for Winograd's kernels. The cuts are
 * functions of the shape alone.
 *
 * @module
 */
import { PANEL_PIXELS } from "../../../kernels_as/build/kernels.ts";
import { LANES, PIXEL_BYTES } from "./layout.ts";

/** A tile's side in pixels: F(4x4, 3x3) or F(6x6, 3x3). */
export type Side = 4 | 6;

/** Elements of a transformed tile. */
export function elementsOf(side: Side): number {
  return (side + 2) ** 2;
}

/**
 * Blocks of channels, in and out, from which on prediction uses F(6x6, 3x3), and the most
 * multiplications that it may need, in those of F(4x4, 3x3): its tiles stick out further beyond a
 * small map. With 16 to 32 channels it would save 2 % of workload B or nothing.
 */
const WIDE_BLOCKS = 8;
const MOST_PRODUCTS = 0.9;

/**
 * The side of the tiles of a layer in prediction, which bears the larger rounding errors of F(6x6,
 * 3x3).
 */
export function sideInPrediction(
  height: number,
  width: number,
  inBlocks: number,
  outBlocks: number,
): Side {
  const products = (side: Side) =>
    Math.ceil(height / side) * Math.ceil(width / side) * elementsOf(side);
  const isWide = Math.min(inBlocks, outBlocks) >= WIDE_BLOCKS;
  return isWide && products(6) <= MOST_PRODUCTS * products(4) ? 6 : 4;
}

/** Windows of `tilesY` x `tilesX` tiles. */
export interface TileCut {
  readonly side: Side;
  readonly tilesY: number;
  readonly tilesX: number;
  /** Windows per image. */
  readonly windows: number;
}

/**
 * Upper bound of a window's transformed inputs and outputs. They should fit into the second-level
 * cache with the weights.
 */
const WINDOW_BYTES = 768 * 1024;

/** With fewer tiles in a window, reading the weights takes longer than multiplying. */
const FEWEST_TILES = 24;
const MOST_TILES = 72;

/**
 * Layers whose transformed weights have at least so many bytes read them once per batch of windows;
 * other layers read them once per window.
 */
const MANY_WEIGHT_BYTES = 2 * 1024 * 1024;

/** Whether a layer is computed in batches of windows. */
export function isBatched(inBlocks: number, outBlocks: number, side: Side): boolean {
  return transformedWeightBytes(inBlocks, outBlocks, side) >= MANY_WEIGHT_BYTES;
}

/** Cuts a map for a convolution from `inBlocks` to `outBlocks` blocks of channels, or back. */
export function cutForBlocks(
  height: number,
  width: number,
  inBlocks: number,
  outBlocks: number,
  side: Side,
): TileCut {
  if (isBatched(inBlocks, outBlocks, side)) return cutTiles(height, width, side, MOST_TILES);
  const bytes = elementsOf(side) * PIXEL_BYTES * (inBlocks + outBlocks);
  const fitting = Math.floor(WINDOW_BYTES / bytes);
  return cutTiles(height, width, side, Math.max(FEWEST_TILES, Math.min(MOST_TILES, fitting)));
}

/**
 * Cost of computing a tile, in packed pixels. Costs are whole numbers, so comparing them is exact.
 */
const TILE = 100;

/**
 * Cost of a row besides its pixels: each row begins at another address, where the processor's
 * prefetcher starts anew.
 */
const ROW = 32;

/**
 * Cuts a map into windows of at most `most` tiles. A product computes four tiles at a time, and a
 * window is packed with a halo. The result is the cut with the least cost of both.
 */
function cutTiles(height: number, width: number, side: Side, most: number): TileCut {
  const across = Math.ceil(width / side);
  const down = Math.ceil(height / side);
  let best: TileCut | undefined;
  let least = Infinity;
  for (let parts = Math.ceil(across / most); parts <= across; parts++) {
    const tilesX = Math.ceil(across / parts);
    for (let tilesY = Math.min(down, Math.floor(most / tilesX)); tilesY >= 1; tilesY--) {
      const cost = costOf(across, down, tilesX, tilesY, side);
      if (cost >= least) continue;
      least = cost;
      const windows = Math.ceil(across / tilesX) * Math.ceil(down / tilesY);
      best = { side, tilesY, tilesX, windows };
    }
    if (tilesX <= PANEL_PIXELS) break;
  }
  return best!;
}

/** The cost of a map's windows; the last ones of a row or column are smaller. */
function costOf(
  across: number,
  down: number,
  tilesX: number,
  tilesY: number,
  side: Side,
): number {
  const window = (rows: number, columns: number) =>
    TILE * PANEL_PIXELS * Math.ceil((rows * columns) / PANEL_PIXELS) +
    (side * rows + 2) * (side * columns + 2 + ROW);
  const sum = (length: number, part: number, cost: (part: number) => number) => {
    const rest = length % part;
    return Math.floor(length / part) * cost(part) + (rest > 0 ? cost(rest) : 0);
  };
  return sum(down, tilesY, (rows) => sum(across, tilesX, (columns) => window(rows, columns)));
}

/** Slots for `tiles` tiles: a multiple of `unit`. */
export function slotsOf(tiles: number, unit: number): number {
  return Math.ceil(tiles / unit) * unit;
}

/** Bytes of a packed window with its halo; the same memory later holds an output block. */
export function windowBytes({ side, tilesY, tilesX }: TileCut): number {
  return (side * tilesY + 2) * (side * tilesX + 2) * PIXEL_BYTES;
}

/** Bytes of all elements of `blocks` blocks of `slots` tiles. */
export function tileBytes(blocks: number, slots: number, side: Side): number {
  return spread(blocks * slots * PIXEL_BYTES, side);
}

/** Bytes of transformed weights, or of their gradient. */
export function transformedWeightBytes(inBlocks: number, outBlocks: number, side: Side): number {
  return spread(inBlocks * outBlocks * LANES * PIXEL_BYTES, side);
}

/** Bytes of all elements, each with `bytes` bytes of data. */
function spread(bytes: number, side: Side): number {
  return elementsOf(side) * elementStride(bytes);
}

/**
 * Bytes from element to element, an odd number of cache lines, as elementStride() of
 * kernels_as/winograd_window.ts computes them; a test compares the two.
 */
export function elementStride(bytes: number): number {
  const lines = Math.ceil(bytes / 64);
  return (lines % 2 === 0 ? lines + 1 : lines) * 64;
}
