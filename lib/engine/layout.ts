/**
 * The layout of tensors in an engine's memory, and the conversion from and to PyTorch's row-major
 * order.
 *
 * Channels are grouped in blocks. A map `[n, c, h, w]` stores the channels of a block side by side
 * for each pixel; weights store the output channels of a block side by side for each input channel.
 * Each source of a concatenation is padded to whole blocks. Lanes without a channel hold zeros.
 * Engines differ in the size and the order of blocks.
 *
 * @module
 */
import { elementCount, type TensorData } from "../core/tensor.ts";
import type { DType, TensorSpec } from "../plan/steps.ts";

/** Size and order of an engine's blocks. */
export interface Blocking {
  /** Channels in a block. */
  readonly channels: 8 | 4;
  /** The order of a map: block by block, or pixel by pixel. */
  readonly map: "[n][block][h][w]" | "[n][h][w][block]";
  /**
   * The order of weights: rows of all output channels, [in block][tap][input channel of the block],
   * or squares of a block of input channels x a block of output channels,
   * [out block][in block][tap], of a transposed convolution [tap][out block][in block].
   */
  readonly weights: "rows" | "squares";
}

/**
 * Places of weights in memory, in elements: the sum of an input channel's place, an output
 * channel's place and a step for each tap.
 */
interface WeightPlaces {
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly step: number;
}

/** For each type of numbers: its bytes, and a view of `count` numbers in memory. */
const DTYPES: Readonly<Record<DType, NumberType>> = {
  f32: { bytes: 4, view: (memory, at, count) => new Float32Array(memory, at, count) },
  f16: { bytes: 2, view: (memory, at, count) => new Float16Array(memory, at, count) },
  i32: { bytes: 4, view: (memory, at, count) => new Int32Array(memory, at, count) },
  u8: { bytes: 1, view: (memory, at, count) => new Uint8Array(memory, at, count) },
};

type Elements = Float32Array | Float16Array | Uint8Array | Int32Array;

interface NumberType {
  readonly bytes: number;
  readonly view: (memory: ArrayBufferLike, at: number, count: number) => Elements;
}

function typeOf({ dtype = "f32" }: TensorSpec): NumberType {
  return DTYPES[dtype];
}

/** Plain tensors and images are padded to multiples of so many bytes. */
const VECTOR_BYTES = 16;

/** The layout of all tensors, for an engine's blocks. */
export class Layout {
  readonly #blocking: Blocking;

  constructor(blocking: Blocking) {
    this.#blocking = blocking;
  }

  /** Blocks that hold `channels` channels. */
  blocksOf(channels: number): number {
    return Math.ceil(channels / this.#blocking.channels);
  }

  /** Blocks of all sources of a convolution. */
  sourceBlocks(split: readonly number[]): number {
    return split.reduce((sum, channels) => sum + this.blocksOf(channels), 0);
  }

  /** Bytes of a tensor. The size of `moments` depends on the convolution that writes them. */
  bytesOf(spec: TensorSpec): number {
    const [a, b, c, d] = spec.shape;
    const { bytes } = typeOf(spec);
    const block = this.#blocking.channels * bytes;
    const square = this.#blocking.channels * block;
    switch (spec.kind) {
      case "image":
      case "plane":
      case "scalars":
        return wholeVectors(elementCount(spec.shape) * bytes);
      case "map":
        return a * this.blocksOf(b) * c * d * block;
      case "conv3x3":
      case "pointwise":
        return this.blocksOf(a) * this.sourceBlocks(splitOf(spec)) * tapsOf(spec) * square;
      case "convtranspose2":
        return 4 * this.blocksOf(a) * this.blocksOf(b) * square;
      case "conv1x1":
      case "norm":
        return a * this.blocksOf(b) * block;
      case "vector":
        return this.blocksOf(a) * block;
      case "moments":
        throw new Error(`moments ${spec.name} have no layout of their own`);
    }
  }

  /** Writes row-major values at byte `at` of a memory, and zeros elsewhere in the tensor. */
  pack(spec: TensorSpec, data: TensorData, memory: ArrayBufferLike, at: number): void {
    const elements = this.#elements(spec, memory, at);
    const values = data instanceof BigInt64Array ? Float64Array.from(data, Number) : data;
    if (isDense(spec)) {
      elements.set(values);
      elements.fill(0, values.length);
    } else {
      elements.fill(0);
      this.#eachRun(spec, (index, place, step, count) => {
        for (let k = 0; k < count; k++) elements[place + k * step] = values[index + k] ?? 0;
      });
    }
  }

  /** Reads the tensor at byte `at` of a memory as row-major values. */
  unpack(spec: TensorSpec, memory: ArrayBufferLike, at: number): Float32Array<ArrayBuffer> {
    const count = elementCount(spec.shape);
    const elements = this.#elements(spec, memory, at);
    const data = new Float32Array(count);
    if (isDense(spec)) {
      data.set(elements.subarray(0, count));
    } else {
      this.#eachRun(spec, (index, place, step, length) => {
        for (let k = 0; k < length; k++) data[index + k] = elements[place + k * step];
      });
    }
    return data;
  }

  /** A view of a tensor's memory. */
  #elements(spec: TensorSpec, memory: ArrayBufferLike, at: number): Elements {
    const { bytes, view } = typeOf(spec);
    return view(memory, at, this.bytesOf(spec) / bytes);
  }

  /**
   * Calls `visit` for each run of elements that are neighbours in row-major order: the index of the
   * first, its place in memory, the distance from one place to the next, and their number.
   */
  #eachRun(
    spec: TensorSpec,
    visit: (index: number, place: number, step: number, count: number) => void,
  ): void {
    const { channels: lanes, map } = this.#blocking;
    const [a, b, c, d] = spec.shape;
    const blocksB = this.blocksOf(b);
    let index = 0;
    switch (spec.kind) {
      case "map": {
        const pixels = c * d;
        const [pixelStep, blockStep] = map === "[n][block][h][w]"
          ? [lanes, pixels * lanes]
          : [blocksB * lanes, lanes];
        for (let n = 0; n < a; n++) {
          for (let channel = 0; channel < b; channel++, index += pixels) {
            const block = Math.floor(channel / lanes);
            const place = n * pixels * blocksB * lanes + block * blockStep + channel % lanes;
            visit(index, place, pixelStep, pixels);
          }
        }
        return;
      }
      case "conv3x3":
      case "pointwise":
      case "convtranspose2": {
        const taps = tapsOf(spec);
        const { inputs, outputs, step } = this.#weightPlaces(spec, taps);
        const [rows, columns] = spec.kind === "convtranspose2"
          ? [inputs, outputs]
          : [outputs, inputs];
        for (const row of rows) {
          for (const column of columns) {
            visit(index, row + column, step, taps);
            index += taps;
          }
        }
        return;
      }
      case "conv1x1":
      case "norm":
        for (let row = 0; row < a; row++) visit(row * b, row * blocksB * lanes, 1, b);
        return;
      default:
        throw new Error(`${spec.kind} tensor ${spec.name} cannot be read or written from outside`);
    }
  }

  #weightPlaces(spec: TensorSpec, taps: number): WeightPlaces {
    const { channels: lanes, weights } = this.#blocking;
    const [a, b] = spec.shape;
    const transposed = spec.kind === "convtranspose2";
    const [split, outChannels] = transposed ? [[a], b] : [splitOf(spec), a];
    const [inBlocks, outBlocks] = [this.sourceBlocks(split), this.blocksOf(outChannels)];
    /** The places of channels, whose blocks and whose lanes are so far apart. */
    const places = (split: readonly number[], block: number, lane: number) =>
      this.#paddedChannels(split).map((channel) =>
        Math.floor(channel / lanes) * block + (channel % lanes) * lane
      );
    if (weights === "rows") {
      const row = outBlocks * lanes;
      const step = lanes * row;
      return {
        inputs: places(split, taps * step, row),
        outputs: places([outChannels], lanes, 1),
        step,
      };
    }
    const square = lanes * lanes;
    const [step, inBlock] = transposed
      ? [inBlocks * outBlocks * square, square]
      : [square, taps * square];
    return {
      inputs: places(split, inBlock, lanes),
      outputs: places([outChannels], inBlocks * inBlock, 1),
      step,
    };
  }

  /** Position of each channel, where every source starts a new block. */
  #paddedChannels(split: readonly number[]): number[] {
    const places: number[] = [];
    let first = 0;
    for (const channels of split) {
      for (let i = 0; i < channels; i++) places.push(first + i);
      first += this.blocksOf(channels) * this.#blocking.channels;
    }
    return places;
  }
}

/** Weights of a convolution from one channel to another: 9, 1 if it is 1x1, 4 if transposed. */
export function tapsOf({ shape: [, , height, width] }: TensorSpec): number {
  return height * width;
}

/** The channels of each source of a convolution. */
export function splitOf(spec: TensorSpec): readonly number[] {
  return spec.split ?? [spec.shape[1]];
}

/** Whether a tensor is stored in row-major order. */
function isDense({ kind }: TensorSpec): boolean {
  return kind === "image" || kind === "plane" || kind === "scalars" || kind === "vector";
}

function wholeVectors(bytes: number): number {
  return Math.ceil(bytes / VECTOR_BYTES) * VECTOR_BYTES;
}
