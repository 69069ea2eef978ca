/**
 * The header of a PNG file: its first chunk (PNG specification, section 11.2.1).
 *
 * @module
 */
import { InputError } from "../../core/errors.ts";
import { CHANNELS, checkSize, type Colours, type ImageHeader } from "./header.ts";

/** PNG's colour types and the bit depths that each may have. */
const PNG_COLOURS: Readonly<Record<number, readonly [Colours, readonly number[]]>> = {
  0: ["grey", [1, 2, 4, 8, 16]],
  2: ["rgb", [8, 16]],
  3: ["palette", [1, 2, 4, 8]],
  4: ["grey+alpha", [8, 16]],
  6: ["rgb+alpha", [8, 16]],
};

/** The bytes that a PNG file starts with. */
export const PNG_SIGNATURE: readonly number[] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** Signature, then length, name, 13 bytes and checksum of the chunk IHDR. */
const PNG_HEADER_BYTES = 8 + 8 + 13 + 4;

/**
 * Reads the header of a file that begins with {@linkcode PNG_SIGNATURE}.
 *
 * @param bytes The file, or its beginning up to the end of the header.
 * @param name How to call the file in an error.
 * @throws {InputError} when it is cut off, damaged or too large.
 */
export function readPngHeader(bytes: Uint8Array, name: string): ImageHeader {
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
