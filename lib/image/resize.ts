/**
 * Pillow's antialiased bilinear resize of 8-bit grey images, bit for bit: a horizontal pass rounded
 * to 8 bits, then a vertical one. An axis that keeps its size is skipped. Host of
 * kernels_as/resize.ts.
 *
 * @module
 */
import { WEIGHT_PLACES } from "../../kernels_as/build/kernels.ts";
import type { GreyImage } from "./image.ts";
import { type PixelMemory, withPixelMemory } from "./pixel_memory.ts";
import { axisWeights } from "./resample_weights.ts";

/** Weights of one axis in the kernel's fixed-point numbers. */
interface FixedWeights {
  readonly taps: number;
  readonly bounds: Int32Array;
  /** `[target, taps]` in units of 2^-22. */
  readonly weights: Int32Array;
}

/** Units of a fixed-point weight that make 1. */
const UNITS = 2 ** WEIGHT_PLACES;

/** Weights by "from>to". A data set has a few hundred sizes; the oldest entry is evicted first. */
const cache = new Map<string, FixedWeights>();
const MOST_CACHED = 256;

/** The kernels read and write blocks of 16 columns, and transpose blocks of 8 rows. */
const BLOCK = 16;

/**
 * Resizes an image like Pillow's `resize((width, height), BILINEAR)`.
 *
 * @param width The new width in px, at least 1.
 * @param height The new height in px, at least 1.
 * @returns A new image; its pixels are never those of the input.
 */
export function resizeGrey(image: GreyImage, width: number, height: number): GreyImage {
  const across = image.width === width ? undefined : fixedWeights(image.width, width);
  const down = image.height === height ? undefined : fixedWeights(image.height, height);
  if (!across && !down) return { width, height, pixels: image.pixels.slice() };

  // Three areas: the pixels alternate between the first two, the weights lie in the third.
  const areaBytes = Math.max(
    paddedArea(image.width, image.height),
    paddedArea(width, image.height),
    paddedArea(width, height),
  );
  const weightsBytes = Math.max(fixedBytes(across), fixedBytes(down));
  return withPixelMemory(2 * areaBytes + weightsBytes, (memory) => {
    const [first, second, third] = [0, areaBytes, 2 * areaBytes];
    let rows: Rows = {
      address: across ? first : second,
      stride: image.width,
      rows: image.height,
    };
    memory.bytes.set(image.pixels, rows.address);
    if (across) {
      rows = transposed(memory, rows, image.width, second);
      rows = resampled(memory, rows, image.height, across, third, first);
      rows = transposed(memory, rows, image.height, second);
    }
    if (down) rows = resampled(memory, rows, width, down, third, first);
    return { width, height, pixels: withoutPadding(memory, rows, width) };
  });
}

/** An image in the kernels' memory. */
interface Rows {
  readonly address: number;
  /** Bytes from row to row. */
  readonly stride: number;
  readonly rows: number;
}

/** Transposes an image to `address`. */
function transposed(memory: PixelMemory, from: Rows, columns: number, address: number): Rows {
  const to = { address, stride: padded(from.rows), rows: columns };
  memory.kernels.transpose({
    source: from.address,
    sourceStride: from.stride,
    target: address,
    targetStride: to.stride,
    rows: from.rows,
    columns,
  });
  return to;
}

/** Resamples along the rows' axis. The weights are stored at `third`, the result at `address`. */
function resampled(
  memory: PixelMemory,
  from: Rows,
  columns: number,
  { taps, bounds, weights }: FixedWeights,
  third: number,
  address: number,
): Rows {
  const to = { address, stride: padded(columns), rows: bounds.length / 2 };
  const weightsAddress = third + bounds.byteLength;
  memory.words.set(bounds, third / 4);
  memory.words.set(weights, weightsAddress / 4);
  memory.kernels.resizeRows({
    source: from.address,
    sourceStride: from.stride,
    target: address,
    targetStride: to.stride,
    width: columns,
    rows: to.rows,
    bounds: third,
    weights: weightsAddress,
    taps,
  });
  return to;
}

/** A copy of the first `columns` bytes of each row. */
function withoutPadding({ bytes }: PixelMemory, from: Rows, columns: number): Uint8Array {
  const { address, stride, rows } = from;
  if (stride === columns) return bytes.slice(address, address + rows * columns);
  const pixels = new Uint8Array(rows * columns);
  for (let y = 0; y < rows; y++) {
    const start = address + y * stride;
    pixels.set(bytes.subarray(start, start + columns), y * columns);
  }
  return pixels;
}

/** Weights in units of 2^-22, rounded as Pillow rounds them. */
function fixedWeights(from: number, to: number): FixedWeights {
  const key = `${from}>${to}`;
  const known = cache.get(key);
  if (known) return known;
  const { taps, bounds, weights } = axisWeights(from, to);
  const fixed = { taps, bounds, weights: Int32Array.from(weights, (w) => w * UNITS + 0.5) };
  for (const oldest of cache.keys()) {
    if (cache.size < MOST_CACHED) break;
    cache.delete(oldest);
  }
  cache.set(key, fixed);
  return fixed;
}

function fixedBytes(fixed: FixedWeights | undefined): number {
  return fixed ? fixed.bounds.byteLength + fixed.weights.byteLength : 0;
}

function padded(extent: number): number {
  return Math.ceil(extent / BLOCK) * BLOCK;
}

/** Bytes of an image or of its transpose, with padded extents and slack behind the last row. */
function paddedArea(width: number, height: number): number {
  return (padded(width) + BLOCK) * (padded(height) + BLOCK);
}
