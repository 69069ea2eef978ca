/**
 * Builds PNG files, valid or damaged.
 *
 * @module
 */
import { crc32, deflateSync } from "node:zlib";
import { joined } from "../../lib/core/joined.ts";

/** A chunk with a correct checksum. */
export function pngChunk(type: string, data: Uint8Array): Uint8Array {
  const chunk = new Uint8Array(12 + data.length);
  const view = new DataView(chunk.buffer);
  view.setUint32(0, data.length);
  chunk.set(new TextEncoder().encode(type), 4);
  chunk.set(data, 8);
  view.setUint32(8 + data.length, crc32(chunk.subarray(4, 8 + data.length)));
  return chunk;
}

/** The fields of IHDR. */
export interface PngHeaderFields {
  readonly width: number;
  readonly height: number;
  readonly bitDepth?: number;
  readonly colourType?: number;
  readonly compression?: number;
  readonly interlace?: number;
}

/** A file with this header, then `chunks`, then IEND. */
export function pngFile(fields: PngHeaderFields, ...chunks: Uint8Array[]): Uint8Array {
  const { width, height, bitDepth = 8, colourType = 0, compression = 0, interlace = 0 } = fields;
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([bitDepth, colourType, compression, 0, interlace], 8);
  const signature = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const end = pngChunk("IEND", new Uint8Array(0));
  return joined([signature, pngChunk("IHDR", header), ...chunks, end]);
}

/** The pixel data of rows that start with their filter byte. */
export function pngData(rows: Uint8Array): Uint8Array {
  return pngChunk("IDAT", new Uint8Array(deflateSync(rows)));
}
