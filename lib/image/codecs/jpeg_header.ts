/**
 * The header of a JPEG file: the markers up to the frame header SOFn (ITU-T T.81, annex B).
 *
 * @module
 */
import { InputError } from "../../core/errors.ts";
import { CHANNELS, checkSize, type ImageHeader } from "./header.ts";

/** Start of image, then the first byte of the next marker. */
export const JPEG_SIGNATURE: readonly number[] = [0xff, 0xd8, 0xff];

/**
 * Reads the header of a file that begins with {@linkcode JPEG_SIGNATURE}.
 *
 * @param bytes The file, or its beginning up to the end of the header.
 * @param name How to call the file in an error.
 * @throws {InputError} when it is cut off, damaged, too large, or of a kind that the decoder cannot
 *   read.
 */
export function readJpegHeader(bytes: Uint8Array, name: string): ImageHeader {
  const cutOff = () => new InputError(`${name} is cut off inside its JPEG header; copy it again.`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 2;
  while (true) {
    // Decoders skip bytes before a marker, and any number of fill bytes 0xff before its code.
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

/** Markers without a length: TEM, RST0 to RST7, SOI. */
function isStandalone(marker: number): boolean {
  return marker === 0x01 || marker >= 0xd0 && marker <= 0xd8;
}

/** SOF0 to SOF15, without the three codes DHT, JPG and DAC, which are not frames. */
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
