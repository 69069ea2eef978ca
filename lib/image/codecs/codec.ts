/**
 * The interface of an image format. A format is one file that exports an {@linkcode ImageCodec},
 * and an entry in codecs.ts.
 *
 * @module
 */
import type { ImageFormat } from "../image.ts";
import type { ImageHeader } from "./header.ts";
import type { Packed } from "./unpackers.ts";

/** One image format. `Header` is what {@linkcode readHeader} gives and {@linkcode open} takes. */
export interface ImageCodec<Header extends ImageHeader = ImageHeader> {
  readonly name: ImageFormat;
  /** The name in sentences: "PNG". */
  readonly title: string;

  /** Whether a file is of this format, judged by its first bytes. */
  sniff(bytes: Uint8Array): boolean;

  /**
   * Reads the header of a file that {@linkcode sniff} accepts.
   *
   * @param bytes The whole file.
   * @param name How to call the file in an error.
   * @throws {InputError} when it is damaged, not 1 x 1 px to `MOST_PIXELS` in size, or of an
   *   unsupported kind.
   */
  readHeader(bytes: Uint8Array, name: string): Header;

  /**
   * Checks a whole file except its pixels.
   *
   * @param bytes The whole file.
   * @returns The work for a worker, and the function that turns its result into values
   *   `[height, width, header.channels]`. Both throw `InputError` for a damaged file.
   */
  open(bytes: Uint8Array, header: Header, name: string): Packed;

  /**
   * The EXIF block of a file, which is built like a TIFF file; `undefined` when it has none. It is
   * not checked.
   */
  exif?(bytes: Uint8Array): Uint8Array | undefined;
}

/** Whether a file begins with these bytes. */
export function startsWith(bytes: Uint8Array, signature: readonly number[]): boolean {
  return signature.every((byte, i) => bytes[i] === byte);
}

/** Whether bytes begin with this text of ASCII characters. */
export function startsWithText(bytes: Uint8Array, text: string): boolean {
  return String.fromCharCode(...bytes.subarray(0, text.length)) === text;
}

/** The usual {@linkcode Packed.refusal}. */
export function notUnpacked(
  title: string,
  { width, height }: { readonly width: number; readonly height: number },
): string {
  return `is cut off or damaged: its ${title} data for ${width} x ${height} px cannot be ` +
    `unpacked; copy it again.`;
}
