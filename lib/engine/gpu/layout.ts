/**
 * How the GPU engine lays out tensors, and the way from PyTorch's row-major order into it and back.
 *
 * Channels go last, in blocks of four, so that a shader reads a whole vector: a map [n, c, h, w] becomes
 * [n][h][w][c / 4][4], weights become 4x4 matrices with a column per input channel. Sources of a concatenation
 * are padded to whole blocks one by one. Lanes without a channel hold zeros.
 *
 * @module
 */
import { elementCount, type TensorData } from "../../core/tensor.ts";
import type { TensorSpec } from "../../plan/steps.ts";

/** Channels in a block. */
export const LANES = 4;

/** Bytes of one vector: four channels of a pixel. */
export const VECTOR_BYTES = LANES * 4;

/** Bytes of one 4x4 matrix of weights. */
export const MATRIX_BYTES = LANES * VECTOR_BYTES;

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
      return Math.ceil(elementCount(spec.shape) / 16) * 16;
    case "plane":
    case "scalars":
    case "vector":
      return blocksOf(elementCount(spec.shape)) * VECTOR_BYTES;
    case "map":
      return a * c * d * blocksOf(b) * VECTOR_BYTES;
    case "conv3x3":
      return blocksOf(a) * sourceBlocks(splitOf(spec)) * 9 * MATRIX_BYTES;
    case "convtranspose2":
      return 4 * blocksOf(a) * blocksOf(b) * MATRIX_BYTES;
    case "conv1x1":
    case "norm":
      return a * blocksOf(b) * VECTOR_BYTES;
    case "moments":
      throw new Error(`moments ${spec.name} have no layout of their own`);
  }
}

/** A tensor's bytes in this layout. */
export function pack(spec: TensorSpec, data: TensorData): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(bytesOf(spec));
  if (spec.kind === "image") {
    bytes.set(data as Uint8Array);
    return bytes;
  }
  const floats = new Float32Array(bytes.buffer);
  if (isDense(spec)) {
    for (let i = 0; i < data.length; i++) floats[i] = Number(data[i]);
  } else {
    eachElement(spec, (index, place) => floats[place] = Number(data[index]));
  }
  return bytes;
}

/** From a tensor's bytes in this layout back to row-major order. */
export function unpack(spec: TensorSpec, bytes: ArrayBuffer): Float32Array<ArrayBuffer> {
  const count = elementCount(spec.shape);
  if (spec.kind === "image") return Float32Array.from(new Uint8Array(bytes, 0, count));
  const floats = new Float32Array(bytes);
  if (isDense(spec)) return floats.slice(0, count);
  const data = new Float32Array(count);
  eachElement(spec, (index, place) => data[index] = floats[place]);
  return data;
}

function isDense({ kind }: TensorSpec): boolean {
  return kind === "plane" || kind === "scalars" || kind === "vector";
}

/** Calls back with the row-major index of every element and its place in the layout. */
function eachElement(spec: TensorSpec, visit: (index: number, place: number) => void): void {
  const [a, b, c, d] = spec.shape;
  let index = 0;
  switch (spec.kind) {
    case "map": {
      const width = blocksOf(b) * LANES;
      for (let n = 0; n < a; n++) {
        for (let channel = 0; channel < b; channel++) {
          let place = n * c * d * width + channel;
          for (let p = 0; p < c * d; p++, place += width) visit(index++, place);
        }
      }
      return;
    }
    case "conv3x3": {
      const inputs = paddedChannels(splitOf(spec));
      const inBlocks = sourceBlocks(splitOf(spec));
      for (let o = 0; o < a; o++) {
        for (const i of inputs) {
          const block = ((o >> 2) * inBlocks + (i >> 2)) * 9;
          for (let tap = 0; tap < 9; tap++) visit(index++, inMatrix(block + tap, i, o));
        }
      }
      return;
    }
    case "convtranspose2":
      for (let i = 0; i < a; i++) {
        for (let o = 0; o < b; o++) {
          const block = ((o >> 2) * blocksOf(a) + (i >> 2)) * 4;
          for (let tap = 0; tap < 4; tap++) visit(index++, inMatrix(block + tap, i, o));
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

/** Where the weight from channel i to channel o lies: columns by input, rows by output. */
function inMatrix(matrix: number, i: number, o: number): number {
  return matrix * LANES * LANES + (i & 3) * LANES + (o & 3);
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
