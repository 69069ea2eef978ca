/**
 * How the CPU engine lays out tensors, and the way from PyTorch's row-major order into it and back.
 *
 * Channels go in blocks of eight: a map [n, c, h, w] becomes [n][c / 8][h][w][8], weights become blocks of
 * [8 in][8 out]. Sources of a concatenation are padded to whole blocks one by one. Lanes without a
 * channel hold zeros.
 *
 * @module
 */
import { elementCount, type TensorData } from "../../core/tensor.ts";
import type { TensorSpec } from "../../plan/steps.ts";

/** Channels in a block. */
export const LANES = 8;

/** Bytes of one pixel of a block. */
export const PIXEL_BYTES = LANES * 4;

/** Blocks that hold `channels` channels. */
export function blocksOf(channels: number): number {
  return Math.ceil(channels / LANES);
}

/** Blocks of all sources of a convolution. */
export function sourceBlocks(split: readonly number[]): number {
  return split.reduce((sum, channels) => sum + blocksOf(channels), 0);
}

/** The channels of each source of a 3x3 convolution. */
export function splitOf(spec: TensorSpec): readonly number[] {
  return spec.split ?? [spec.shape[1]];
}

/** Bytes of a tensor in this layout (not for `moments`, whose size its convolution decides). */
export function bytesOf(spec: TensorSpec): number {
  const [a, b, c, d] = spec.shape;
  switch (spec.kind) {
    case "image":
      return elementCount(spec.shape);
    case "plane":
    case "scalars":
      // Rounded up so that whole vectors can be read and written.
      return Math.ceil(elementCount(spec.shape) / 4) * 16;
    case "map":
      return a * blocksOf(b) * c * d * PIXEL_BYTES;
    case "conv3x3":
      return blocksOf(a) * sourceBlocks(splitOf(spec)) * 9 * LANES * PIXEL_BYTES;
    case "convtranspose2":
      return 4 * blocksOf(a) * blocksOf(b) * LANES * PIXEL_BYTES;
    case "conv1x1":
      return a * blocksOf(b) * PIXEL_BYTES;
    case "vector":
      return blocksOf(a) * PIXEL_BYTES;
    case "norm":
      return a * blocksOf(b) * PIXEL_BYTES;
    case "moments":
      throw new Error(`moments ${spec.name} have no layout of their own`);
  }
}

/** Writes row-major values into memory that holds zeros. */
export function pack(
  spec: TensorSpec,
  data: TensorData,
  memory: ArrayBufferLike,
  at: number,
): void {
  if (spec.kind === "image") {
    new Uint8Array(memory, at, data.length).set(data as Uint8Array);
    return;
  }
  const floats = new Float32Array(memory, at, bytesOf(spec) / 4);
  if (isDense(spec)) {
    for (let i = 0; i < data.length; i++) floats[i] = Number(data[i]);
    return;
  }
  floats.fill(0);
  eachElement(spec, (index, place) => floats[place] = Number(data[index]));
}

/** Reads a tensor back into row-major order. */
export function unpack(spec: TensorSpec, memory: ArrayBufferLike, at: number): Float32Array {
  const count = elementCount(spec.shape);
  if (spec.kind === "image") return Float32Array.from(new Uint8Array(memory, at, count));
  const floats = new Float32Array(memory, at, bytesOf(spec) / 4);
  const data = new Float32Array(count);
  if (isDense(spec)) data.set(floats.subarray(0, count));
  else eachElement(spec, (index, place) => data[index] = floats[place]);
  return data;
}

function isDense(spec: TensorSpec): boolean {
  return spec.kind === "plane" || spec.kind === "scalars" || spec.kind === "vector";
}

/** Calls back with the row-major index of every element and its place in the layout. */
function eachElement(spec: TensorSpec, visit: (index: number, place: number) => void): void {
  const [a, b, c, d] = spec.shape;
  let index = 0;
  switch (spec.kind) {
    case "map": {
      const pixels = c * d;
      for (let n = 0; n < a; n++) {
        for (let channel = 0; channel < b; channel++) {
          const block = (n * blocksOf(b) + (channel >> 3)) * pixels;
          for (let p = 0; p < pixels; p++) visit(index++, (block + p) * LANES + (channel & 7));
        }
      }
      return;
    }
    case "conv3x3": {
      const inputs = paddedChannels(splitOf(spec));
      const inBlocks = sourceBlocks(splitOf(spec));
      for (let o = 0; o < a; o++) {
        for (const i of inputs) {
          const block = ((o >> 3) * inBlocks + (i >> 3)) * 9;
          for (let k = 0; k < 9; k++) {
            visit(index++, (block + k) * 64 + (i & 7) * LANES + (o & 7));
          }
        }
      }
      return;
    }
    case "convtranspose2":
      for (let i = 0; i < a; i++) {
        for (let o = 0; o < b; o++) {
          for (let tap = 0; tap < 4; tap++) {
            const block = (tap * blocksOf(b) + (o >> 3)) * blocksOf(a) + (i >> 3);
            visit(index++, block * 64 + (i & 7) * LANES + (o & 7));
          }
        }
      }
      return;
    case "conv1x1":
    case "norm":
      for (let row = 0; row < a; row++) {
        for (let channel = 0; channel < b; channel++) {
          visit(index++, row * blocksOf(b) * LANES + channel);
        }
      }
      return;
    default:
      throw new Error(`${spec.kind} tensor ${spec.name} cannot be read or written from outside`);
  }
}

/** Where each input channel lies when every source starts a new block. */
function paddedChannels(split: readonly number[]): number[] {
  const places: number[] = [];
  let first = 0;
  for (const channels of split) {
    for (let i = 0; i < channels; i++) places.push(first + i);
    first += blocksOf(channels) * LANES;
  }
  return places;
}
