/**
 * A reader of trusted .safetensors files: the tensors of the reference cases.
 *
 * @module
 */
import type { TensorData, Tensors } from "../../lib/tensor.ts";

const TYPES: Record<string, (buffer: ArrayBuffer) => TensorData> = {
  F32: (buffer) => new Float32Array(buffer),
  F64: (buffer) => new Float64Array(buffer),
  U8: (buffer) => new Uint8Array(buffer),
  I32: (buffer) => new Int32Array(buffer),
  I64: (buffer) => new BigInt64Array(buffer),
};

/** All tensors of a file, by name. */
export function readTensors(path: string): Tensors {
  const bytes = Deno.readFileSync(path);
  const headerBytes = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const start = 8 + headerBytes;
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, start)));
  delete header["__metadata__"];
  const tensors: Tensors = {};
  for (const [name, { dtype, shape, data_offsets: [from, to] }] of Object.entries<Entry>(header)) {
    tensors[name] = { shape, data: TYPES[dtype](bytes.buffer.slice(start + from, start + to)) };
  }
  return tensors;
}

interface Entry {
  readonly dtype: string;
  readonly shape: number[];
  readonly data_offsets: [number, number];
}
