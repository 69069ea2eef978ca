/**
 * A directory (IFD) of a TIFF file: a list of tags with values (TIFF 6.0, section 2; BigTIFF). An
 * EXIF block is such a file, too.
 *
 * Nothing is read before its place is checked to lie inside the file. Only the first directory is
 * read, so a chain of directories that ends nowhere does no harm.
 *
 * @module
 */
import { InputError } from "../../core/errors.ts";

/** Where a directory keeps its parts: in TIFF with 32-bit offsets, in BigTIFF with 64-bit ones. */
interface Offsets {
  /** The place of the first directory's offset in the file. */
  readonly first: number;
  readonly offsetBytes: 4 | 8;
  /** Bytes of the number of entries. */
  readonly countBytes: 2 | 8;
  readonly entryBytes: 12 | 20;
}

const CLASSIC: Offsets = { first: 4, offsetBytes: 4, countBytes: 2, entryBytes: 12 };
const BIG: Offsets = { first: 8, offsetBytes: 8, countBytes: 8, entryBytes: 20 };

/** The types of unsigned integers, with their bytes: BYTE, SHORT, LONG, IFD, LONG8, IFD8. */
const INTEGER_BYTES: Readonly<Record<number, 1 | 2 | 4 | 8>> = {
  1: 1,
  3: 2,
  4: 4,
  13: 4,
  16: 8,
  18: 8,
};

/** The values of a tag, not read yet. */
interface Entry {
  readonly type: number;
  readonly count: number;
  /** The place of the values, or of their offset. */
  readonly at: number;
}

/** The first four bytes of TIFF and BigTIFF, in both byte orders. */
const SIGNATURES: Readonly<Record<string, { littleEndian: boolean; offsets: Offsets }>> = {
  "II*\0": { littleEndian: true, offsets: CLASSIC },
  "MM\0*": { littleEndian: false, offsets: CLASSIC },
  "II+\0": { littleEndian: true, offsets: BIG },
  "MM\0+": { littleEndian: false, offsets: BIG },
};

function signatureOf(bytes: Uint8Array) {
  return SIGNATURES[String.fromCharCode(...bytes.subarray(0, 4))];
}

/** Whether a file begins as TIFF files do. */
export function isTiff(bytes: Uint8Array): boolean {
  return signatureOf(bytes) !== undefined;
}

/** The first directory of a TIFF file. */
export class TiffDirectory {
  readonly littleEndian: boolean;
  /** Whether another directory follows. */
  readonly hasNext: boolean;
  readonly #view: DataView;
  readonly #name: string;
  readonly #offsetBytes: 4 | 8;
  readonly #entries = new Map<number, Entry>();

  /**
   * @param bytes The whole file, or a whole EXIF block.
   * @param name How to call the file in an error.
   * @throws {InputError} when it is no TIFF file or ends before its first directory does.
   */
  constructor(bytes: Uint8Array, name: string) {
    const signature = signatureOf(bytes);
    if (signature === undefined) throw new InputError(`${name} is not a TIFF file.`);
    const { littleEndian, offsets: { first, offsetBytes, countBytes, entryBytes } } = signature;
    this.littleEndian = littleEndian;
    this.#name = name;
    this.#offsetBytes = offsetBytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const start = this.#integer(first, offsetBytes);
    const count = this.#integer(start, countBytes);
    const end = start + countBytes + count * entryBytes;
    if (end > bytes.length) throw this.#cutOff();
    for (let at = start + countBytes; at < end; at += entryBytes) {
      const tag = this.#integer(at, 2);
      // The first of two entries with one tag counts.
      if (this.#entries.has(tag)) continue;
      this.#entries.set(tag, {
        type: this.#integer(at + 2, 2),
        count: this.#integer(at + 4, offsetBytes),
        at: at + 4 + offsetBytes,
      });
    }
    this.hasNext = end + offsetBytes <= bytes.length && this.#integer(end, offsetBytes) !== 0;
  }

  /**
   * The first values of a tag, at most `most`; `undefined` when the tag is missing.
   *
   * @throws {InputError} when they are no unsigned integers or lie outside the file.
   */
  numbers(tag: number, most: number): number[] | undefined {
    const entry = this.#entries.get(tag);
    if (entry === undefined) return undefined;
    const size = INTEGER_BYTES[entry.type];
    if (size === undefined) {
      throw new InputError(
        `${this.#name} is damaged: its TIFF tag ${tag} has values of type ${entry.type}, ` +
          `not unsigned integers.`,
      );
    }
    const isInside = entry.count * size <= this.#offsetBytes;
    const at = isInside ? entry.at : this.#integer(entry.at, this.#offsetBytes);
    const count = Math.min(entry.count, most);
    if (at + count * size > this.#view.byteLength) throw this.#cutOff();
    return Array.from({ length: count }, (_, i) => this.#integer(at + i * size, size));
  }

  /** The first value of a tag; `missing` when there is none. */
  number(tag: number, missing: number): number {
    return this.numbers(tag, 1)?.[0] ?? missing;
  }

  #integer(at: number, bytes: 1 | 2 | 4 | 8): number {
    if (at + bytes > this.#view.byteLength) throw this.#cutOff();
    if (bytes === 1) return this.#view.getUint8(at);
    if (bytes === 2) return this.#view.getUint16(at, this.littleEndian);
    if (bytes === 4) return this.#view.getUint32(at, this.littleEndian);
    return Number(this.#view.getBigUint64(at, this.littleEndian));
  }

  #cutOff(): InputError {
    return new InputError(
      `${this.#name} is cut off or damaged: its TIFF directory points behind the end of the file, ` +
        `which has ${this.#view.byteLength} bytes; copy it again.`,
    );
  }
}
