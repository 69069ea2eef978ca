/**
 * A bounds-checked cursor over a file's bytes.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";

/**
 * Reads little-endian numbers in sequence. Every method throws {@linkcode InputError} beyond the
 * end.
 */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  /** The name of the source in messages: "the zip archive". */
  readonly #what: string;
  #at: number;

  constructor(bytes: Uint8Array, what: string, start = 0) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#what = what;
    this.#at = start;
  }

  /** The offset from the start of the file, in bytes. */
  get at(): number {
    return this.#at;
  }

  /** The number of remaining bytes. */
  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /** Skips `count` bytes and returns the offset of the first. */
  skip(count: number): number {
    if (count > this.left) {
      throw new InputError(
        `${this.#what} is cut short or damaged: ${count} bytes are needed at byte ${this.#at}, ` +
          `but ${Math.max(0, this.left)} are left`,
      );
    }
    const start = this.#at;
    this.#at += count;
    return start;
  }

  /** The next `count` bytes, as a view. */
  take(count: number): Uint8Array {
    const start = this.skip(count);
    return this.#bytes.subarray(start, start + count);
  }

  u8(): number {
    return this.#view.getUint8(this.skip(1));
  }

  u16(): number {
    return this.#view.getUint16(this.skip(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.skip(4), true);
  }

  i32(): number {
    return this.#view.getInt32(this.skip(4), true);
  }

  /** A u64 as a number, rounded beyond 2^53. This suffices for comparisons with file sizes. */
  u64(): number {
    return Number(this.#view.getBigUint64(this.skip(8), true));
  }

  /** An i64 as a number, rounded beyond 2^53. */
  i64(): number {
    return Number(this.#view.getBigInt64(this.skip(8), true));
  }

  /** A big-endian double. */
  f64BigEndian(): number {
    return this.#view.getFloat64(this.skip(8), false);
  }

  /**
   * The bytes up to the next `end`, which is skipped. `undefined` without an `end` within `most`
   * bytes.
   */
  until(end: number, most: number): Uint8Array | undefined {
    const window = this.#bytes.subarray(this.#at, this.#at + most + 1);
    const length = window.indexOf(end);
    if (length < 0) return undefined;
    this.#at += length + 1;
    return window.subarray(0, length);
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Decodes strict UTF-8. `what` names the text in the {@linkcode InputError}. */
export function decodeText(bytes: Uint8Array, what: string): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new InputError(`${what} is not valid UTF-8`);
  }
}

/** Quotes a text from a file and shortens it for a message. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}...` : text);
}
