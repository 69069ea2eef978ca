/**
 * Lossless JPEG (ITU-T T.81, annex H), in which DICOM files come: the frame and the scans.
 *
 * @module
 */
import { InputError } from "../../core/errors.ts";
import { startsWith } from "./codec.ts";
import { checkSize } from "./header.ts";
import { isFrameHeader, JPEG_SIGNATURE, MARKER, segmentsOf } from "./jpeg_segments.ts";
import { JpegTables } from "./jpeg_tables.ts";
import type { LosslessScan, LosslessWork } from "./unpack_lossless.js";

const SOF3 = 0xc3;

/** The frame of a file. */
interface LosslessFrame {
  readonly bits: number;
  readonly height: number;
  readonly width: number;
  /** The identifiers of the components. */
  readonly ids: readonly number[];
}

/** The work without its kind, and the Huffman table of each component. */
export type LosslessFile = Omit<LosslessWork, "kind">;

/**
 * Takes a file apart.
 *
 * @param name How to call the file in an error.
 * @throws {InputError} when it is cut off, damaged, or of a kind that is not read.
 */
export function readLosslessFile(bytes: Uint8Array, name: string): LosslessFile {
  const damaged = (how: string) =>
    new InputError(`${name} is damaged: in its lossless JPEG data, ${how}; copy it again.`);
  if (!startsWith(bytes, JPEG_SIGNATURE)) throw damaged("the first marker is missing");
  const huffman = new JpegTables(name);
  const scans: LosslessScan[] = [];
  const tables: Uint8Array[] = [];
  let frame: LosslessFrame | undefined;
  let restart = 0;
  for (const { marker, content, coded } of segmentsOf(bytes, name)) {
    if (marker === MARKER.DHT) huffman.readHuffman(content);
    else if (marker === MARKER.DRI && content.length >= 2) restart = content[0] << 8 | content[1];
    else if (isFrameHeader(marker)) {
      if (frame !== undefined) throw damaged("there are two frames");
      if (marker !== SOF3) throw damaged(`the frame is of type SOF${marker - 0xc0}, not SOF3`);
      frame = readFrame(content, name, damaged);
    } else if (marker === MARKER.SOS) {
      if (frame === undefined) throw damaged("a scan comes before the frame");
      const { ids } = frame;
      const count = content[0];
      if (!(count >= 1 && count <= ids.length) || content.length < 4 + 2 * count) {
        throw damaged("the header of a scan is wrong");
      }
      const components = Array.from({ length: count }, (_, i) => ids.indexOf(content[1 + 2 * i]));
      for (const [i, component] of components.entries()) {
        if (component < 0 || tables[component]) throw damaged("a scan codes what is not there");
        tables[component] = huffman.huffman(0x00, content[2 + 2 * i] >> 4);
      }
      const [predictor, , transform] = content.subarray(1 + 2 * count);
      const shift = transform & 15;
      const isWhole = restart % frame.width === 0;
      if (!(predictor >= 1 && predictor <= 7) || shift >= frame.bits || !isWhole) {
        throw damaged("the header of a scan is wrong");
      }
      const start = coded.byteOffset - bytes.byteOffset;
      scans.push({ start, end: start + coded.length, components, predictor, shift, restart });
    }
  }
  if (frame === undefined || frame.ids.some((_, i) => !tables[i])) {
    throw damaged("a component is missing");
  }
  const { width, height, bits } = frame;
  return { data: bytes, width, height, bits, tables, scans };
}

function readFrame(
  content: Uint8Array,
  name: string,
  damaged: (how: string) => InputError,
): LosslessFrame {
  const [bits, high, low, wide, wideLow, count] = content;
  const height = high << 8 | low, width = wide << 8 | wideLow;
  if (!(count >= 1 && count <= 4) || content.length !== 6 + 3 * count || bits < 2 || bits > 16) {
    throw damaged("the header of the frame is wrong");
  }
  checkSize(width, height, name);
  const ids = Array.from({ length: count }, (_, i) => content[6 + 3 * i]);
  const samplings = new Set(Array.from({ length: count }, (_, i) => content[7 + 3 * i]));
  if (new Set(ids).size < count || samplings.size > 1) {
    throw damaged("the components are not of one size");
  }
  return { bits, height, width, ids };
}
