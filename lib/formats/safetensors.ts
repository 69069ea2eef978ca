/**
 * Safetensors files: named tensors as raw little-endian bytes behind a JSON header.
 *
 * Pure functions on bytes. All current platforms of JavaScript are little-endian, so typed arrays
 * are views of the file's bytes.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { elementCount, type Tensor, type TensorData, type Tensors } from "../core/tensor.ts";
import {
  type Dtype,
  DTYPE_BYTES,
  type HeaderEntry,
  LENGTH_BYTES,
  readHeader,
} from "./safetensors_header.ts";

/** The contents of a safetensors file. Both records have no prototype, so any name is safe. */
export interface SafetensorsFile {
  readonly tensors: Tensors;
  readonly metadata: Record<string, string>;
}

/** A checked file, before its data is read. */
export interface OpenSafetensors {
  /** In the order of their data. */
  readonly entries: readonly HeaderEntry[];
  readonly metadata: Record<string, string>;
  /** Reads one tensor. Throws {@linkcode InputError} for an element type that cannot be read. */
  read(entry: HeaderEntry): Tensor;
}

/** Checks a whole file. Throws {@linkcode InputError} (without the file's name) for a defect. */
export function openSafetensors(bytes: Uint8Array): OpenSafetensors {
  const { entries, metadata, dataStart } = readHeader(bytes);
  const read = (entry: HeaderEntry) => {
    const data = bytes.subarray(dataStart + entry.begin, dataStart + entry.end);
    return { shape: entry.shape, data: decode(data, entry) };
  };
  return { entries, metadata, read };
}

/**
 * Reads a whole safetensors file. F32, F64, U8, I32 and I64 keep their type and, if the file aligns
 * them, are views of `bytes`. F16 and BF16 become float32, BOOL becomes uint8. Throws
 * {@linkcode InputError} (without the file's name) at the first defect. Nothing is allocated for
 * data that the file does not hold.
 */
export function readSafetensors(bytes: Uint8Array): SafetensorsFile {
  const { entries, metadata, read } = openSafetensors(bytes);
  const tensors: Tensors = Object.create(null);
  for (const entry of entries) tensors[entry.name] = read(entry);
  return { tensors, metadata };
}

function decode(bytes: Uint8Array, { name, dtype }: HeaderEntry): TensorData {
  const elementBytes = DTYPE_BYTES[dtype];
  const aligned = bytes.byteOffset % elementBytes === 0 ? bytes : bytes.slice();
  const { buffer, byteOffset } = aligned;
  const length = bytes.length / elementBytes;
  switch (dtype) {
    case "F32":
      return new Float32Array(buffer, byteOffset, length);
    case "F64":
      return new Float64Array(buffer, byteOffset, length);
    case "U8":
    case "BOOL":
      return aligned;
    case "I32":
      return new Int32Array(buffer, byteOffset, length);
    case "I64":
      return new BigInt64Array(buffer, byteOffset, length);
    case "F16":
      return widenFloat16(new Uint16Array(buffer, byteOffset, length));
    case "BF16":
      return widenBfloat16(new Uint16Array(buffer, byteOffset, length));
    default:
      throw new InputError(
        `tensor ${JSON.stringify(name)} has dtype ${
          JSON.stringify(dtype)
        }; readable are F64, I64, ` +
          `F32, I32, F16, BF16, U8, BOOL`,
      );
  }
}

/** Converts IEEE 754 half precision to float32, exactly. */
export function widenFloat16({ buffer, byteOffset, length }: Uint16Array): Float32Array {
  return new Float32Array(new Float16Array(buffer, byteOffset, length));
}

/** Converts bfloat16, the upper half of a float32, to float32. */
export function widenBfloat16(bits: Uint16Array): Float32Array {
  const widened = new Uint32Array(bits.length);
  for (let i = 0; i < bits.length; i++) widened[i] = bits[i] << 16;
  return new Float32Array(widened.buffer);
}

/**
 * Writes tensors as a safetensors file. Tensors are ordered by descending element size, then by
 * name (UTF-16 order), so that each is aligned and equal content gives equal bytes. Metadata is
 * sorted by name. The header is padded with spaces to a multiple of 8. Throws `RangeError` for a
 * tensor whose data does not fit its shape.
 */
export function writeSafetensors(
  tensors: Tensors,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const ordered = Object.entries(tensors).sort(([nameA, a], [nameB, b]) =>
    b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT || compareText(nameA, nameB)
  );
  const header = encodeHeader(ordered, metadata);
  const dataBytes = ordered.reduce((sum, [, { data }]) => sum + data.byteLength, 0);
  const file = new Uint8Array(LENGTH_BYTES + header.length + dataBytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(header.length), true);
  file.set(header, LENGTH_BYTES);
  let at = LENGTH_BYTES + header.length;
  for (const [, { data }] of ordered) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return file;
}

function encodeHeader(
  ordered: readonly [string, Tensor][],
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const members: string[] = [];
  const texts = Object.entries(metadata).sort(([a], [b]) => compareText(a, b));
  if (texts.length > 0) {
    const pairs = texts.map(([name, text]) => `${JSON.stringify(name)}:${JSON.stringify(text)}`);
    members.push(`"__metadata__":{${pairs.join(",")}}`);
  }
  let begin = 0;
  for (const [name, { shape, data }] of ordered) {
    if (name === "__metadata__" || elementCount(shape) !== data.length) {
      throw new RangeError(
        `cannot write tensor ${name}: shape [${shape}] with ${data.length} elements`,
      );
    }
    const end = begin + data.byteLength;
    const entry = { dtype: dtypeOf(data), shape, data_offsets: [begin, end] };
    members.push(`${JSON.stringify(name)}:${JSON.stringify(entry)}`);
    begin = end;
  }
  const text = new TextEncoder().encode(`{${members.join(",")}}`);
  const padded = new Uint8Array(Math.ceil(text.length / 8) * 8).fill(0x20);
  padded.set(text);
  return padded;
}

function dtypeOf(data: TensorData): Dtype {
  if (data instanceof Float32Array) return "F32";
  if (data instanceof Float64Array) return "F64";
  if (data instanceof Uint8Array) return "U8";
  if (data instanceof Int32Array) return "I32";
  return "I64";
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
