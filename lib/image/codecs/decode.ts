/**
 * Decodes image files. The header is checked first, and the decoded size must agree with it: a
 * damaged file is refused, never decoded in part. Images are turned by their EXIF orientation.
 * Gamma and colour profiles are ignored, as Pillow ignores them.
 *
 * @module
 */
import { InputError } from "../../core/errors.ts";
import { bitsInUse, greyOf } from "../depth.ts";
import type { DecodedImage, GreyImage } from "../image.ts";
import { turn, turnedSize } from "../turn.ts";
import { codecOf } from "./codecs.ts";
import { orientationOf } from "./exif.ts";
import { unpack } from "./unpack.js";
import type { Answer, Packed } from "./unpackers.ts";

/** An image file whose header and chunks are checked, ready to be unpacked. */
export interface PackedImage extends Pick<Packed, "work"> {
  /** Makes the image of the answer to `work`. Throws `InputError` when the file is damaged. */
  finish(answer: Answer): DecodedImage;
  /** The approximate memory for unpacking, in bytes. */
  readonly bytes: number;
  /** About the number of values that the work computes. */
  readonly effort: number;
}

/**
 * Opens a file: checks everything except the pixels.
 *
 * @param bytes The whole file.
 * @param name How to call the file in an error.
 * @throws {InputError} when the file is of none of the formats in codecs.ts, is damaged, cut off,
 * or too large.
 */
export function openImage(bytes: Uint8Array, name: string): PackedImage {
  const codec = codecOf(bytes, name);
  const header = codec.readHeader(bytes, name);
  const { width, height, channels, bitDepth, colours, format, morePages } = header;
  const packed = codec.open(bytes, header, name);
  const { work, refusal, finish, effort = width * height * channels } = packed;
  const orientation = orientationOf(codec.exif?.(bytes));
  return {
    work,
    effort,
    bytes: bytes.length + width * height *
        (channels * (bitDepth > 8 ? 1 + bitDepth / 8 : 1) + (colours === "palette" ? 1 : 0)),
    finish: (answer) => {
      if (!(answer instanceof Uint8Array)) throw new InputError(`${name} ${answer ?? refusal}`);
      const { pixels, wide, palette, indices, spacing } = finish(answer);
      return {
        ...turnedSize(header, orientation),
        channels,
        pixels: turn(pixels, header, orientation),
        ...(palette && { palette }),
        ...(indices && { indices: turn(indices, header, orientation) }),
        bitDepth,
        format,
        ...(wide && { wide: turn(wide, header, orientation) }),
        ...(orientation !== 1 && { orientation }),
        ...(spacing && { spacing }),
        ...(morePages && { morePages }),
      };
    },
  };
}

/**
 * Decodes a file with its own channels. Palettes and CMYK become RGB. Samples become 8 bits: 1, 2
 * and 4 bits are scaled to 0 to 255, of 16 bits the upper 8 are kept; `wide` has them all.
 * Transparent pixels keep their colours. The pixels are turned by the file's EXIF orientation.
 *
 * @param bytes The whole file.
 * @param name How to call the file in an error.
 * @throws {InputError} when the file is of none of the formats in codecs.ts, is damaged, cut off,
 * or too large.
 */
export function decodeImage(bytes: Uint8Array, name: string): DecodedImage {
  const { work, finish } = openImage(bytes, name);
  return finish(unpack(work));
}

/**
 * Decodes a file and converts it to grey like Pillow's `convert("L")`, which ignores transparency.
 * Samples of 16 bits are scaled by the bits that the image uses.
 *
 * @param bytes The whole file.
 * @param name How to call the file in an error.
 * @throws {InputError} as {@linkcode decodeImage} does.
 */
export function decodeGrey(bytes: Uint8Array, name: string): GreyImage {
  const decoded = decodeImage(bytes, name);
  return greyOf(decoded, bitsInUse(decoded));
}
