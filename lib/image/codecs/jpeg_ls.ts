/**
 * The header of JPEG-LS data (ITU-T T.87, annex C), in which DICOM files come.
 *
 * @module
 */
import { InputError } from "../../core/errors.ts";
import { startsWith } from "./codec.ts";
import { checkSize } from "./header.ts";
import { JPEG_SIGNATURE, MARKER, segmentsOf } from "./jpeg_segments.ts";

const SOF55 = 0xf7;

/** What the header says. */
export interface JpegLsFrame {
  /** The data up to its end of image. CharLS would search for ever where that is missing. */
  readonly data: Uint8Array<ArrayBuffer>;
  readonly width: number;
  readonly height: number;
  readonly components: number;
  /** Bits of a sample. */
  readonly bits: number;
  /** Whether each component has a scan of its own, and is unpacked to a plane. */
  readonly planar: boolean;
}

/**
 * Reads the header.
 *
 * @param name How to call the file in an error.
 * @throws {InputError} when it is cut off, damaged or too large.
 */
export function readJpegLsFrame(bytes: Uint8Array<ArrayBuffer>, name: string): JpegLsFrame {
  const damaged = () =>
    new InputError(`${name} is damaged: the header of its JPEG-LS data is wrong; copy it again.`);
  if (!startsWith(bytes, JPEG_SIGNATURE)) throw damaged();
  const end = endOfImage(bytes);
  if (end === undefined) {
    throw new InputError(
      `${name} is cut off: its JPEG-LS data has no end of image; copy it again.`,
    );
  }
  const data = bytes.subarray(0, end);
  let frame: Omit<JpegLsFrame, "data" | "planar"> | undefined;
  for (const { marker, content } of segmentsOf(bytes, name)) {
    if (marker === SOF55) {
      const [bits, high, low, wide, wideLow, components] = content;
      const height = high << 8 | low, width = wide << 8 | wideLow;
      if (frame || content.length !== 6 + 3 * components || bits < 2 || bits > 16) throw damaged();
      checkSize(width, height, name);
      frame = { width, height, components, bits };
    } else if (marker === MARKER.SOS) {
      const interleave = content[2 + 2 * content[0]];
      if (frame === undefined || !(interleave <= 2)) break;
      return { data, ...frame, planar: interleave === 0 && frame.components > 1 };
    }
  }
  throw damaged();
}

/** The place behind the last marker, which ends the image. Filling may follow. */
function endOfImage(bytes: Uint8Array): number | undefined {
  const at = bytes.lastIndexOf(0xff);
  const follows = bytes.subarray(at + 2).every((byte) => byte === 0);
  return bytes[at + 1] === MARKER.EOI && follows ? at + 2 : undefined;
}
