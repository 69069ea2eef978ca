/**
 * What Sonoseg must know of an image format to read it. A format is one file that exports an
 * {@linkcode ImageCodec}, and an entry in codecs.ts.
 *
 * @module
 */
import type { ImageFormat } from "../image.ts";
import type { ImageHeader } from "./header.ts";
import type { Packed } from "./unpackers.ts";

/** One image format. */
export interface ImageCodec {
  readonly name: ImageFormat;
  /** In a sentence: "PNG". */
  readonly title: string;
  /** How the names of its files end, without the dot, in lower case. */
  readonly endings: readonly string[];

  /** Whether a file is of this format; its first bytes decide, not its name. */
  sniff(bytes: Uint8Array): boolean;

  /**
   * Reads the header of a file that {@linkcode sniff} takes.
   *
   * @param bytes The file, or its beginning up to the end of the header.
   * @param name How to call the file in an error.
   * @throws {InputError} when it is damaged, not 1 x 1 px to `MOST_PIXELS` in size, or of a kind
   *   that is not read.
   */
  readHeader(bytes: Uint8Array, name: string): ImageHeader;

  /**
   * Checks all of a file but its pixels.
   *
   * @param bytes The whole file.
   * @returns What a worker is to unpack, and what makes 8-bit values
   *   `[height, width, header.channels]` of it. Both throw `InputError` for a damaged file.
   */
  open(bytes: Uint8Array, header: ImageHeader, name: string): Packed;
}

/** Whether a file begins with these bytes. */
export function startsWith(bytes: Uint8Array, signature: readonly number[]): boolean {
  return signature.every((byte, i) => bytes[i] === byte);
}
