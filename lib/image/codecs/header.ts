/**
 * The header of an image file: format, size and colours, read without decoding a pixel. The size is
 * checked here, before any decoder allocates for it: a file of a few bytes can claim 20000 x 20000 px.
 *
 * PNG: the first chunk (PNG specification, section 11.2.1). JPEG: the markers up to the frame header
 * SOFn (ITU-T T.81, annex B). The content decides what a file is, not its name.
 *
 * @module
 */
import { InputError } from "../../core/errors.ts";
import type { ImageFormat } from "../image.ts";
import { guessContent } from "./sniff.ts";

/** The most pixels of an image: 64 megapixels, as 8192 x 8192. */
export const MOST_PIXELS = 64 * 1024 * 1024;

/** The longest side of an image in px. */
export const MOST_SIDE = 16384;

/** How a file stores its colours. */
export type Colours = "grey" | "grey+alpha" | "rgb" | "rgb+alpha" | "palette" | "cmyk";

/** What the header of an image file says. */
export interface ImageHeader {
  readonly format: ImageFormat;
  /** Width in px, from 1 to {@linkcode MOST_SIDE}. */
  readonly width: number;
  /** Height in px, from 1 to {@linkcode MOST_SIDE}. */
  readonly height: number;
  /** Bits per sample (of a palette: per index). */
  readonly bitDepth: number;
  readonly colours: Colours;
  /** Channels of the decoded image; palettes and CMYK become RGB. */
  readonly channels: 1 | 2 | 3 | 4;
  /** Whether a PNG file is stored in Adam7's seven passes. */
  readonly interlaced: boolean;
}

const CHANNELS: Readonly<Record<Colours, 1 | 2 | 3 | 4>> = {
  "grey": 1,
  "grey+alpha": 2,
  "rgb": 3,
  "rgb+alpha": 4,
  "palette": 3,
  "cmyk": 3,
};

/** PNG's colour types and the bit depths that each may have. */
const PNG_COLOURS: Readonly<Record<number, readonly [Colours, readonly number[]]>> = {
  0: ["grey", [1, 2, 4, 8, 16]],
  2: ["rgb", [8, 16]],
  3: ["palette", [1, 2, 4, 8]],
  4: ["grey+alpha", [8, 16]],
  6: ["rgb+alpha", [8, 16]],
};

/** The bytes that a PNG file starts with. */
const PNG_SIGNATURE: readonly number[] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** Signature, then length, name, 13 bytes and checksum of the chunk IHDR. */
const PNG_HEADER_BYTES = 8 + 8 + 13 + 4;

/** Start of image, then the first byte of the next marker. */
const JPEG_SIGNATURE: readonly number[] = [0xff, 0xd8, 0xff];

/**
 * Reads the header of a PNG or JPEG file.
 *
 * @param bytes The file, or its beginning up to the end of the header.
 * @param name How to call the file in an error.
 * @throws {InputError} when the content is another format, is cut off or damaged, has a colour format
 *   that no decoder here reads, or is not 1 x 1 px to {@linkcode MOST_PIXELS} in size.
 */
export function readImageHeader(bytes: Uint8Array, name: string): ImageHeader {
  if (startsWith(bytes, PNG_SIGNATURE)) return readPngHeader(bytes, name);
  if (startsWith(bytes, JPEG_SIGNATURE)) return readJpegHeader(bytes, name);
  const what = guessContent(bytes) ?? "of a format that Sonoseg does not know";
  throw new InputError(
    `${name} is not a PNG or JPEG image: it seems to be ${what}; convert it to PNG or take it out.`,
  );
}

function startsWith(bytes: Uint8Array, signature: readonly number[]): boolean {
  return signature.every((byte, i) => bytes[i] === byte);
}

function readPngHeader(bytes: Uint8Array, name: string): ImageHeader {
  if (bytes.length < PNG_HEADER_BYTES) {
    throw new InputError(`${name} is cut off inside its PNG header; copy the file again.`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(8) !== 13 || view.getUint32(12) !== 0x49484452 /* IHDR */) {
    throw new InputError(`${name} is damaged: its PNG header is not an IHDR chunk of 13 bytes.`);
  }
  checkSize(view.getUint32(16), view.getUint32(20), name);
  const [bitDepth, colourType, compression, filter, interlace] = bytes.subarray(24, 29);
  const [colours, depths] = PNG_COLOURS[colourType] ?? [];
  if (!colours || !depths?.includes(bitDepth)) {
    throw new InputError(
      `${name} is damaged: PNG has no colour type ${colourType} with ${bitDepth} bits per sample.`,
    );
  }
  if (compression !== 0 || filter !== 0 || interlace > 1) {
    throw new InputError(
      `${name} is damaged: PNG has no compression ${compression} with filter ${filter} and ` +
        `interlacing ${interlace}.`,
    );
  }
  return {
    format: "png",
    width: view.getUint32(16),
    height: view.getUint32(20),
    bitDepth,
    colours,
    channels: CHANNELS[colours],
    interlaced: interlace === 1,
  };
}

function readJpegHeader(bytes: Uint8Array, name: string): ImageHeader {
  const cutOff = () => new InputError(`${name} is cut off inside its JPEG header; copy it again.`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 2;
  while (true) {
    // Decoders skip what is not a marker, and any number of fill bytes 0xff before its code.
    while (at < bytes.length && bytes[at] !== 0xff) at++;
    while (at < bytes.length && bytes[at] === 0xff) at++;
    if (at >= bytes.length) throw cutOff();
    const marker = bytes[at++];
    if (marker === 0x00 || marker === 0xd9 || marker === 0xda) {
      throw new InputError(`${name} is damaged: it is a JPEG file without a frame header.`);
    }
    if (isStandalone(marker)) continue;
    if (at + 2 > bytes.length) throw cutOff();
    const length = view.getUint16(at);
    if (length < 2) {
      throw new InputError(`${name} is damaged: a JPEG segment says it is ${length} bytes long.`);
    }
    if (isFrameHeader(marker)) {
      if (length < 8 || at + 8 > bytes.length) throw cutOff();
      return readFrameHeader(marker, view, at + 2, name);
    }
    at += length;
  }
}

/** Markers that no length follows: TEM, RST0 to RST7, SOI. */
function isStandalone(marker: number): boolean {
  return marker === 0x01 || marker >= 0xd0 && marker <= 0xd8;
}

/** SOF0 to SOF15, of which three codes are not frames: DHT, JPG, DAC. */
function isFrameHeader(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
}

/** Reads precision, height, width and components of a frame header at `at`. */
function readFrameHeader(marker: number, view: DataView, at: number, name: string): ImageHeader {
  if (marker > 0xc2) {
    throw new InputError(
      `${name} is a JPEG image of a rare kind (frame type SOF${
        marker - 0xc0
      }, lossless, hierarchical ` +
        `or arithmetic); save it as a baseline or progressive JPEG, or as PNG.`,
    );
  }
  const bitDepth = view.getUint8(at);
  if (bitDepth !== 8) {
    throw new InputError(
      `${name} is a JPEG image with ${bitDepth} bits per sample; only 8 can be read: save it as PNG.`,
    );
  }
  const height = view.getUint16(at + 1);
  const width = view.getUint16(at + 3);
  checkSize(width, height, name);
  const components = view.getUint8(at + 5);
  const colours = ({ 1: "grey", 3: "rgb", 4: "cmyk" } as const)[components];
  if (!colours) {
    throw new InputError(
      `${name} is a JPEG image with ${components} components; 1, 3 or 4 can be read: save it as PNG.`,
    );
  }
  const channels = CHANNELS[colours];
  return { format: "jpeg", width, height, bitDepth, colours, channels, interlaced: false };
}

function checkSize(width: number, height: number, name: string): void {
  if (width < 1 || height < 1) {
    throw new InputError(`${name} is ${width} x ${height} px: an image needs at least 1 x 1 px.`);
  }
  if (width > MOST_SIDE || height > MOST_SIDE || width * height > MOST_PIXELS) {
    throw new InputError(
      `${name} is ${width} x ${height} px, more than Sonoseg reads: at most ${MOST_SIDE} px a side ` +
        `and ${MOST_PIXELS} px in all; make it smaller.`,
    );
  }
}
