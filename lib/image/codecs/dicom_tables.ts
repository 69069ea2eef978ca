/**
 * The tables of DICOM: palettes, and curves of grey (PS3.3, C.7.6.3.1.5 and C.11.1).
 *
 * @module
 */
import { InputError } from "../../core/errors.ts";
import type { DicomElements } from "./dicom_elements.ts";

/** A table of values. */
export interface ValueTable {
  /** Bits of a value. */
  readonly bits: number;
  /** The largest value. */
  readonly most: number;
  /** The value of an input; below and above the table its first and its last one. */
  at(input: number): number;
}

/**
 * Reads a table.
 *
 * @param entries The tag of its descriptor: number of entries, first input, bits.
 * @param data The tag of its values.
 * @param name How to call the file in an error.
 * @throws {InputError} when it is missing or damaged.
 */
export function readTable(
  elements: DicomElements,
  entries: number,
  data: number,
  name: string,
): ValueTable {
  const damaged = () =>
    new InputError(`${name} is damaged: a DICOM table of grey or colours is wrong; copy it again.`);
  const [length, first, bits] = [0, 1, 2].map((i) => elements.u16(entries, i));
  const bytes = elements.value(data);
  if (length === undefined || first === undefined || bits === undefined || !bytes) throw damaged();
  // 65536 does not fit into 16 bits.
  const count = length === 0 ? 65536 : length;
  if (bits < 8 || bits > 16 || bytes.length < count * (bits > 8 ? 2 : 1)) throw damaged();
  const values = new Uint16Array(count);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { littleEndian } = elements.encoding;
  // Values of 8 bits may lie two in a word, or one.
  const isWide = bytes.length >= 2 * count;
  let most = 0;
  for (let i = 0; i < count; i++) {
    values[i] = isWide
      ? view.getUint16(2 * i, littleEndian)
      : bytes[littleEndian ? i : Math.min(i ^ 1, bytes.length - 1)];
    most = Math.max(most, values[i]);
  }
  // The first input of a table for signed values is signed. Unsigned ones hardly begin so high.
  const start = first >= 32768 && count + first > 65536 ? first - 65536 : first;
  return {
    bits,
    most,
    at: (input) => values[Math.min(count - 1, Math.max(0, Math.round(input) - start))],
  };
}
