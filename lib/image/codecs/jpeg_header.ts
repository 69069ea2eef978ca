/**
 * The header of a JPEG file: its frame header SOFn (ITU-T T.81, annex B.2.2).
 *
 * @module
 */
import { InputError } from "../../core/errors.ts";
import { CHANNELS, checkSize, type ImageHeader } from "./header.ts";
import { isFrameHeader, MARKER, segmentsOf } from "./jpeg_segments.ts";

/** The names of the frames that are not read. */
const RARE_KINDS: Readonly<Record<number, string>> = {
  0xc3: "lossless",
  0xc5: "hierarchical",
  0xc6: "hierarchical",
  0xc7: "hierarchical and lossless",
  0xc9: "arithmetic-coded",
  0xca: "arithmetic-coded and progressive",
  0xcb: "arithmetic-coded and lossless",
  0xcd: "arithmetic-coded and hierarchical",
  0xce: "arithmetic-coded and hierarchical",
  0xcf: "arithmetic-coded, hierarchical and lossless",
};

/** Precision, height, width and number of components. */
const FRAME_BYTES = 6;

/**
 * Reads the header of a file that begins with JPEG's signature.
 *
 * @param bytes The file, or its beginning up to the end of the header.
 * @param name How to call the file in an error.
 * @param refuseBits Throws the error about samples of other than 8 bits.
 * @throws {InputError} when it is cut off, damaged, too large, or of a kind that the decoder cannot
 *   read.
 */
export function readJpegHeader(
  bytes: Uint8Array,
  name: string,
  refuseBits = refuseOtherBits,
): ImageHeader {
  for (const { marker, content } of segmentsOf(bytes, name)) {
    if (marker === MARKER.SOS) break;
    if (isFrameHeader(marker)) return readFrameHeader(marker, content, name, refuseBits);
  }
  throw new InputError(`${name} is damaged: it is a JPEG file without a frame header.`);
}

function refuseOtherBits(bits: number, name: string): never {
  throw new InputError(
    `${name} is a JPEG image with ${bits} bits per sample; only 8 can be read: save it as PNG.`,
  );
}

function readFrameHeader(
  marker: number,
  content: Uint8Array,
  name: string,
  refuseBits: typeof refuseOtherBits,
): ImageHeader {
  const rare = RARE_KINDS[marker];
  if (rare !== undefined) {
    throw new InputError(
      `${name} is a JPEG image of a rare kind (frame type SOF${
        marker - 0xc0
      }, ${rare}); save it as ` +
        `a baseline or progressive JPEG, or as PNG.`,
    );
  }
  if (content.length < FRAME_BYTES) {
    throw new InputError(
      `${name} is damaged: its JPEG frame header has ${content.length} bytes, too few for a size.`,
    );
  }
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  const bitDepth = view.getUint8(0);
  if (bitDepth !== 8) refuseBits(bitDepth, name);
  const height = view.getUint16(1);
  const width = view.getUint16(3);
  checkSize(width, height, name);
  const components = view.getUint8(5);
  const colours = ({ 1: "grey", 3: "rgb", 4: "cmyk" } as const)[components];
  if (!colours) {
    throw new InputError(
      `${name} is a JPEG image with ${components} components; 1, 3 or 4 can be read: save it as PNG.`,
    );
  }
  const channels = CHANNELS[colours];
  return { format: "jpeg", width, height, bitDepth, colours, channels, interlaced: false };
}
