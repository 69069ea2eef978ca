/**
 * The tensors of one run of the float64 engine, and the sources of its steps.
 *
 * Everything is row-major float64 in PyTorch's order of axes, images `[n, c, h, w]`.
 *
 * @module
 */
import { InputError } from "../../lib/core/errors.ts";
import { elementCount, type TensorData } from "../../lib/core/tensor.ts";
import type { Source, TensorSpec } from "../../lib/plan/steps.ts";

/** A row-major float64 array. */
export interface Values {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** Zeros of a shape. */
export function zeros(...shape: number[]): Values {
  return { shape, data: new Float64Array(elementCount(shape)) };
}

/** The tensors of a plan by name. A tensor that was never written is zero. */
export class Store {
  readonly #specs: ReadonlyMap<string, TensorSpec>;
  readonly #persistent: ReadonlySet<string>;
  readonly #kept: Map<string, Values>;
  readonly #values = new Map<string, Values>();

  /** Makes a store. `kept` holds the persistent tensors, which plans may share. */
  constructor(
    specs: readonly TensorSpec[],
    persistent: readonly string[],
    kept: Map<string, Values>,
  ) {
    this.#specs = new Map(specs.map((spec) => [spec.name, spec]));
    this.#persistent = new Set(persistent);
    this.#kept = kept;
  }

  get(name: string): Values {
    const values = this.#mapOf(name).get(name);
    if (values) return values;
    this.set(name, zeros(...this.#specOf(name).shape));
    return this.get(name);
  }

  /** Writes values from outside. Missing values at the end are zeros. */
  write(name: string, data: TensorData): void {
    const values = zeros(...this.#specOf(name).shape);
    values.data.set(toFloat64(data));
    this.set(name, values);
  }

  set(name: string, { shape, data }: Values): void {
    const expected = this.#specOf(name).shape;
    if (shape.join() !== expected.join()) {
      throw new RangeError(`${name} has shape [${shape}], the plan says [${expected}]`);
    }
    this.#mapOf(name).set(name, { shape: expected, data });
  }

  /** Rounds a tensor that the plan stores in 16 bits; the others stay as they are. */
  round(name: string): void {
    if (this.#specOf(name).dtype !== "f16") return;
    const { data } = this.get(name);
    for (let i = 0; i < data.length; i++) data[i] = Math.f16round(data[i]);
  }

  /** The shape of a tensor in the plan. */
  shapeOf(name: string): readonly number[] {
    return this.#specOf(name).shape;
  }

  #mapOf(name: string): Map<string, Values> {
    return this.#persistent.has(name) ? this.#kept : this.#values;
  }

  #specOf(name: string): TensorSpec {
    const spec = this.#specs.get(name);
    if (!spec) throw new InputError(`the plan has no tensor ${name}`);
    return spec;
  }
}

function toFloat64(data: TensorData): Float64Array {
  return data instanceof BigInt64Array
    ? Float64Array.from(data, Number)
    : Float64Array.from(data as ArrayLike<number>);
}

/** The rows of a `norm` tensor `[4, c]`. */
export function normRows({ shape, data }: Values) {
  const channels = shape[1];
  const row = (index: number) => data.subarray(index * channels, (index + 1) * channels);
  return { mean: row(0), rstd: row(1), scale: row(2), shift: row(3) };
}

/**
 * Reads a source: normalised, rectified, and padded with zeros to a frame of `height` x `width` (by
 * default its own size).
 */
export function read(store: Store, source: Source, height?: number, width?: number): Values {
  const { shape: [n, c, h, w], data } = store.get(source.tensor);
  const norm = source.norm === undefined ? undefined : normRows(store.get(source.norm));
  const top = source.top ?? 0;
  const left = source.left ?? 0;
  const frame = zeros(n, c, height ?? h, width ?? w);
  const [, , frameHeight, frameWidth] = frame.shape;
  for (let plane = 0; plane < n * c; plane++) {
    const channel = plane % c;
    for (let y = 0; y < h; y++) {
      for (let x = 0; x < w; x++) {
        let value = data[(plane * h + y) * w + x];
        if (norm) value = (value - norm.mean[channel]) * norm.scale[channel] + norm.shift[channel];
        if (source.relu && value < 0) value = 0;
        frame.data[(plane * frameHeight + top + y) * frameWidth + left + x] = value;
      }
    }
  }
  return frame;
}

/** Reads sources concatenated along the channels, in a frame of `height` x `width`. */
export function readAll(
  store: Store,
  sources: readonly Source[],
  height: number,
  width: number,
): Values {
  const parts = sources.map((source) => read(store, source, height, width));
  const n = parts[0].shape[0];
  const channels = parts.reduce((sum, { shape }) => sum + shape[1], 0);
  const joined = zeros(n, channels, height, width);
  let offset = 0;
  for (let image = 0; image < n; image++) {
    for (const { shape, data } of parts) {
      const size = shape[1] * height * width;
      joined.data.set(data.subarray(image * size, (image + 1) * size), offset);
      offset += size;
    }
  }
  return joined;
}
