/**
 * The image formats that Sonoseg reads. The format is detected from the content, not from the
 * name.
 *
 * @module
 */
import { InputError } from "../../core/errors.ts";
import { BMP } from "./bmp.ts";
import type { ImageCodec } from "./codec.ts";
import type { ImageHeader } from "./header.ts";
import { DICOM } from "./dicom.ts";
import { GIF } from "./gif.ts";
import { JPEG } from "./jpeg.ts";
import { PNG } from "./png.ts";
import { guessContent } from "./sniff.ts";
import { TIFF } from "./tiff.ts";
import { WEBP } from "./webp.ts";

/** All formats; the first that recognises a file reads it. */
export const CODECS: readonly ImageCodec[] = [PNG, JPEG, TIFF, BMP, GIF, WEBP, DICOM];

/** In English: "PNG, JPEG, ... or DICOM". */
const TITLES = new Intl.ListFormat("en-GB", { type: "disjunction" })
  .format(CODECS.map(({ title }) => title));

/**
 * Detects the format of a file.
 *
 * @param name How to call the file in an error.
 * @throws {InputError} for any other format, with a guess at what the file is.
 */
export function codecOf(bytes: Uint8Array, name: string): ImageCodec {
  const codec = CODECS.find((codec) => codec.sniff(bytes));
  if (codec !== undefined) return codec;
  const what = guessContent(bytes) ?? "of a format that Sonoseg does not know";
  throw new InputError(
    `${name} is not a ${TITLES} image: it seems to be ${what}; convert it to PNG or take it out.`,
  );
}

/**
 * Reads the header of an image file.
 *
 * @param bytes The whole file.
 * @param name How to call the file in an error.
 * @throws {InputError} as {@linkcode codecOf} and the format's `readHeader` do.
 */
export function readImageHeader(bytes: Uint8Array, name: string): ImageHeader {
  return codecOf(bytes, name).readHeader(bytes, name);
}
