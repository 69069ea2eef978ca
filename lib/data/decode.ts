/**
 * From the bytes of a PNG or JPEG file to pixels: header and chunks are checked, the decoder runs, and its
 * result is held against the header. A file is read whole or refused; there is no partial image. Gamma,
 * colour profiles and the orientation tag are left alone, as Pillow leaves them.
 *
 * @module
 */
import { InputError } from "../errors.ts";
import { type CodecPixels, withJpegPixels, withPngPixels } from "./codecs.ts";
import { toGrey } from "./grey.ts";
import { type ImageHeader, readImageHeader } from "./header.ts";
import type { DecodedImage, GreyImage } from "./image.ts";
import { pixelChunks } from "./png_chunks.ts";

/**
 * Decodes a file into the channels that it has; palettes and CMYK become RGB, samples become 8 bits (1, 2
 * and 4 bits are spread over 0 to 255, of 16 bits the upper 8 are kept).
 *
 * @param bytes The whole file.
 * @param name How to call the file in an error.
 * @throws {InputError} when the file is no PNG or JPEG image, is damaged, cut off, or too large.
 */
export function decodeImage(bytes: Uint8Array, name: string): DecodedImage {
  return withPixels(bytes, name, (decoded, header) => ({
    width: decoded.width,
    height: decoded.height,
    channels: header.channels,
    pixels: channelsOf(decoded, header),
    bitDepth: header.bitDepth,
    format: header.format,
  }));
}

/**
 * Decodes a file and converts it to grey like Pillow's `convert("L")`, which ignores transparency.
 *
 * @param bytes The whole file.
 * @param name How to call the file in an error.
 * @throws {InputError} as {@linkcode decodeImage} does.
 */
export function decodeGrey(bytes: Uint8Array, name: string): GreyImage {
  return withPixels(bytes, name, (decoded, header) => {
    const { width, height } = decoded;
    const rgb = header.colours === "cmyk";
    const pixels = rgb ? rgbFromCmyk(decoded.pixels) : decoded.pixels;
    return { width, height, pixels: toGrey(pixels, rgb ? 3 : decoded.channels) };
  });
}

/** Checks the file, decodes it, checks the result, and lets `use` look at the decoder's memory. */
function withPixels<Result>(
  bytes: Uint8Array,
  name: string,
  use: (decoded: CodecPixels, header: ImageHeader) => Result,
): Result {
  const header = readImageHeader(bytes, name);
  const checked = (decoded: CodecPixels): Result => {
    if (decoded.width !== header.width || decoded.height !== header.height) {
      throw new InputError(
        `${name} is damaged: its header says ${header.width} x ${header.height} px, its data ` +
          `${decoded.width} x ${decoded.height} px.`,
      );
    }
    return use(decoded, header);
  };
  const result = header.format === "png"
    ? withPngPixels(pixelChunks(bytes, name), checked)
    : withJpegPixels(bytes, checked);
  if (result === undefined) {
    throw new InputError(
      `${name} is cut off or damaged: its ${header.format.toUpperCase()} data for ${header.width} x ` +
        `${header.height} px cannot be unpacked; copy it again or take it out.`,
    );
  }
  return result;
}

/** A copy of the pixels with the channels that the header names. */
function channelsOf(decoded: CodecPixels, header: ImageHeader): Uint8Array {
  if (header.colours === "cmyk") return rgbFromCmyk(decoded.pixels);
  if (decoded.channels === header.channels) return decoded.pixels.slice();
  // PNG, from RGBA: grey is red (all three are equal), and alpha is the fourth channel.
  const { pixels } = decoded;
  const { channels } = header;
  const result = new Uint8Array(decoded.width * decoded.height * channels);
  const sources = { 1: [0], 2: [0, 3], 3: [0, 1, 2], 4: [0, 1, 2, 3] }[channels];
  sources.forEach((source, target) => {
    for (let from = source, to = target; to < result.length; from += 4, to += channels) {
      result[to] = pixels[from];
    }
  });
  return result;
}

/** RGB from CMYK (255 = full ink): each colour is what its ink and the black leave of white. */
function rgbFromCmyk(cmyk: Uint8Array): Uint8Array {
  const rgb = new Uint8Array(cmyk.length / 4 * 3);
  for (let from = 0, to = 0; from < cmyk.length; from += 4, to += 3) {
    const white = 255 - cmyk[from + 3];
    for (let i = 0; i < 3; i++) rgb[to + i] = white - Math.round(cmyk[from + i] * white / 255);
  }
  return rgb;
}
