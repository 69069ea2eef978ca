/**
 * From the bytes of an image file to pixels. The header is checked first, the decoders' results are
 * held against it: a file is read whole or refused, there is no partial image. Gamma, colour profiles and
 * the orientation tag are left alone, as Pillow leaves them.
 *
 * @module
 */
import { toGrey } from "../grey.ts";
import { codecOf } from "./codecs.ts";
import type { DecodedImage, GreyImage } from "../image.ts";
import { unpack } from "./unpack.js";
import type { Packed } from "./unpackers.ts";

/** An image file whose header and chunks are checked, to be unpacked. */
export interface PackedImage extends Packed<DecodedImage> {
  /** How much memory unpacking takes, about. */
  readonly bytes: number;
}

/**
 * Opens a file: checks all of it but the pixels.
 *
 * @param bytes The whole file.
 * @param name How to call the file in an error.
 * @throws {InputError} when the file is of none of the formats in codecs.ts, is damaged, cut off, or too large.
 */
export function openImage(bytes: Uint8Array, name: string): PackedImage {
  const codec = codecOf(bytes, name);
  const header = codec.readHeader(bytes, name);
  const { width, height, channels, bitDepth, format } = header;
  const { work, finish } = codec.open(bytes, header, name);
  return {
    work,
    bytes: bytes.length + width * height * channels * (bitDepth === 16 ? 2 : 1),
    finish: (unpacked) => {
      const pixels = finish(unpacked);
      return { width, height, channels, pixels, bitDepth, format };
    },
  };
}

/**
 * Decodes a file into the channels that it has; palettes and CMYK become RGB, samples become 8 bits (1, 2
 * and 4 bits are spread over 0 to 255, of 16 bits the upper 8 are kept). Colours under transparent pixels
 * are those of the file.
 *
 * @param bytes The whole file.
 * @param name How to call the file in an error.
 * @throws {InputError} when the file is of none of the formats in codecs.ts, is damaged, cut off, or too large.
 */
export function decodeImage(bytes: Uint8Array, name: string): DecodedImage {
  const { work, finish } = openImage(bytes, name);
  return finish(unpack(work));
}

/**
 * Decodes a file and converts it to grey like Pillow's `convert("L")`, which ignores transparency.
 *
 * @param bytes The whole file.
 * @param name How to call the file in an error.
 * @throws {InputError} as {@linkcode decodeImage} does.
 */
export function decodeGrey(bytes: Uint8Array, name: string): GreyImage {
  return greyOf(decodeImage(bytes, name));
}

/** A decoded image in grey, as {@linkcode toGrey} makes it. */
export function greyOf({ width, height, channels, pixels }: DecodedImage): GreyImage {
  return { width, height, pixels: toGrey(pixels, channels) };
}
