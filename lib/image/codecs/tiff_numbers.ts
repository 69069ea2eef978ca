/**
 * TIFF samples other than unsigned ones of up to 16 bits: signed ones, those of 32 and 64 bits, and
 * floating-point ones. Scientific programs save masks, labels and images with few bits so. They are
 * read where every value is a whole number from 0 to 65535; what others mean, the file does not
 * tell.
 *
 * @module
 */
import { InputError } from "../../core/errors.ts";
import type { TiffPart } from "./tiff_parts.ts";

const LARGEST = 65535;

/** The kinds of samples: SampleFormat 1, 2 and 3. */
export type SampleKind = "unsigned" | "signed" | "float";

/** How samples are stored. */
export interface StoredSamples {
  readonly kind: SampleKind;
  readonly bitDepth: number;
  readonly littleEndian: boolean;
  /** Whether each sample, or each byte of samples, is the difference from its left neighbour. */
  readonly predictor: "none" | "differences" | "bytes";
}

/**
 * The samples of a part as 16 bits.
 *
 * @param bytes Its unpacked bytes; they are changed.
 * @param perPixel The number of samples of a pixel in this part.
 * @param name How to call the file in an error.
 * @throws {InputError} for a sample that is no whole number from 0 to 65535.
 */
export function wholeNumbers(
  bytes: Uint8Array<ArrayBuffer>,
  part: TiffPart,
  layout: StoredSamples,
  perPixel: number,
  name: string,
): Uint16Array<ArrayBuffer> {
  const numbers = numbersOf(bytes, part, layout, perPixel);
  const samples = new Uint16Array(numbers.length);
  for (let i = 0; i < samples.length; i++) {
    const number = samples[i] = numbers[i];
    if (samples[i] === number) continue;
    throw new InputError(
      `${name} is a TIFF image with ${titleOf(layout)} such as ${number}, of which Sonoseg reads ` +
        `whole numbers from 0 to ${LARGEST} alone; save it with 8 or 16 bits.`,
    );
  }
  return samples;
}

/** Such as "floating-point samples (32 bits)". */
export function titleOf({ kind, bitDepth }: Pick<StoredSamples, "kind" | "bitDepth">): string {
  return kind === "unsigned"
    ? `samples of ${bitDepth} bits`
    : `${kind === "float" ? "floating-point" : "signed"} samples (${bitDepth} bits)`;
}

/** Arrays for the samples of each kind, by their bits; those of unsigned ones add differences. */
const ARRAYS = {
  unsigned: { 8: Uint8Array, 16: Uint16Array, 32: Uint32Array, 64: BigUint64Array },
  signed: { 8: Int8Array, 16: Int16Array, 32: Int32Array, 64: BigInt64Array },
  float: { 32: Float32Array, 64: Float64Array },
} as const;

/** Whether samples of a kind and size can be read as numbers. */
export function isNumberSize(kind: SampleKind, bits: number): boolean {
  return bits in ARRAYS[kind];
}

const HOST_IS_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** The numbers of a part. */
function numbersOf(
  bytes: Uint8Array,
  { width, height }: TiffPart,
  { kind, bitDepth, littleEndian, predictor }: StoredSamples,
  perPixel: number,
): ArrayLike<number> {
  const size = bitDepth / 8;
  const rowLength = width * perPixel;
  // A copy begins at an address that arrays of larger elements accept.
  const own = predictor === "bytes"
    ? joinedBytes(bytes, rowLength, height, size, perPixel)
    : bytes.slice();
  const isLittleEndian = littleEndian && predictor !== "bytes";
  if (isLittleEndian !== HOST_IS_LITTLE_ENDIAN) {
    for (let at = 0; at < own.length; at += size) own.subarray(at, at + size).reverse();
  }
  if (predictor === "differences") {
    const unsigned = ARRAYS.unsigned[bitDepth as 8 | 16 | 32];
    addDifferences(new unsigned(own.buffer), rowLength, perPixel);
  }
  const numbers = new (ARRAYS[kind] as typeof ARRAYS.signed)[bitDepth as 8](own.buffer);
  return bitDepth === 64 && kind !== "float" ? Float64Array.from(numbers, Number) : numbers;
}

/** Undoes the differences between a sample and its left neighbour, of rows one after the other. */
export function addDifferences(
  values: Uint8Array | Uint16Array | Uint32Array,
  rowLength: number,
  perPixel: number,
): void {
  for (let row = 0; row < values.length; row += rowLength) {
    // Sums wrap around at the size of a value, as they do where differences are made.
    for (let i = row + perPixel; i < row + rowLength; i++) values[i] += values[i - perPixel];
  }
}

/**
 * Undoes predictor 3: a row has first the highest bytes of all its samples, then the next ones, as
 * differences. The result has the highest byte of each sample first.
 */
function joinedBytes(
  bytes: Uint8Array,
  rowLength: number,
  rows: number,
  size: number,
  perPixel: number,
): Uint8Array<ArrayBuffer> {
  const rowBytes = rowLength * size;
  const sums = bytes.slice(0, rows * rowBytes);
  addDifferences(sums, rowBytes, perPixel);
  const joined = new Uint8Array(sums.length);
  for (let row = 0; row < sums.length; row += rowBytes) {
    for (let i = 0; i < rowLength; i++) {
      for (let k = 0; k < size; k++) joined[row + i * size + k] = sums[row + k * rowLength + i];
    }
  }
  return joined;
}
