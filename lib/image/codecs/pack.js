// The expensive part of writing: PNG files, and bytes that the platform deflates.
//
// This file is used twice: imported for the calling thread, and as text for the workers of
// packers.ts, behind the text of fflate.
import { crc32 } from "node:zlib";
import { zlibSync } from "./fflate.js";

/**
 * A PNG file to write: grey or RGB values `[height, width, channels]` with 8 or 16 bits.
 *
 * @typedef {{
 *   readonly kind: "png",
 *   readonly data: Uint8Array | Uint16Array,
 *   readonly width: number,
 *   readonly height: number,
 *   readonly channels: 1 | 3,
 * }} PngWork
 */

/**
 * Bytes to deflate as a zlib stream, by the platform.
 *
 * @typedef {{ readonly kind: "zlib", readonly data: Uint8Array<ArrayBuffer> }} DeflateWork
 */

/** @typedef {PngWork | DeflateWork} PackWork */

const PNG_START = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** PNG's numbers for grey and for colour. */
const COLOUR_TYPES = { 1: 0, 3: 2 };

/** PNG's filters: a line as it is, or each byte less that of the pixel to its left. */
const NONE = 0, SUB = 1;

/**
 * Masks are long runs of equal bytes. Overlays and maps of probabilities are smaller and faster by
 * differences at the lowest level: 252 and 424 kB in 11 and 12 ms, where lines as they are take 270
 * and 492 kB and 14 and 13 ms at level 3 (48 images of BUSI). Higher levels take longer for little.
 */
const PLAIN = { filter: NONE, level: 3 }, SMOOTH = { filter: SUB, level: 1 };

/**
 * The packed bytes, in a buffer of their own.
 *
 * @param {PackWork} work
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
export async function pack(work) {
  if (work.kind === "png") return packPng(work);
  const stream = new Blob([work.data]).stream().pipeThrough(new CompressionStream("deflate"));
  return await new Response(stream).bytes();
}

/**
 * A PNG file. Lines of masks have no filter, others SUB.
 *
 * @param {Omit<PngWork, "kind">} picture
 * @returns {Uint8Array<ArrayBuffer>}
 * @throws {RangeError} when the data does not fit the size.
 */
export function packPng({ data, width, height, channels }) {
  if (data.length !== width * height * channels) {
    throw new RangeError(
      `wrong data size: ${data.length} values for ${width}x${height} pixels of ${channels}`,
    );
  }
  const header = new DataView(new ArrayBuffer(13));
  header.setUint32(0, width);
  header.setUint32(4, height);
  header.setUint8(8, 8 * data.BYTES_PER_ELEMENT);
  header.setUint8(9, COLOUR_TYPES[channels]);
  const pixel = channels * data.BYTES_PER_ELEMENT;
  const { filter, level } = pixel === 1 ? PLAIN : SMOOTH;
  const lines = linesOf(data, width * channels, height);
  if (filter === SUB) subtractLeft(lines, 1 + width * pixel, pixel);
  const packed = zlibSync(lines, { level });
  const file = new Uint8Array(PNG_START.length + 3 * 12 + 13 + packed.length);
  file.set(PNG_START);
  let at = PNG_START.length;
  at = putChunk(file, at, "IHDR", new Uint8Array(header.buffer));
  at = putChunk(file, at, "IDAT", packed);
  putChunk(file, at, "IEND", new Uint8Array());
  return file;
}

/**
 * The lines of a picture, each behind the number of its filter, none. Values of 16 bits are
 * big-endian.
 *
 * @param {Uint8Array | Uint16Array} data
 * @param {number} across The number of values in a line.
 * @param {number} height
 */
function linesOf(data, across, height) {
  const line = 1 + across * data.BYTES_PER_ELEMENT;
  const lines = new Uint8Array(line * height);
  for (let y = 0; y < height; y++) {
    const values = data.subarray(y * across, (y + 1) * across);
    let to = y * line + 1;
    if (values instanceof Uint8Array) {
      lines.set(values, to);
      continue;
    }
    for (let x = 0; x < across; x++) {
      lines[to++] = values[x] >> 8;
      lines[to++] = values[x];
    }
  }
  return lines;
}

/**
 * Applies the filter SUB to lines that have none, from their ends, so that no copy is needed.
 *
 * @param {Uint8Array} lines
 * @param {number} line The bytes of a line, that of its filter included.
 * @param {number} pixel The bytes of a pixel.
 */
function subtractLeft(lines, line, pixel) {
  for (let start = 0; start < lines.length; start += line) {
    lines[start] = SUB;
    for (let at = start + line - 1; at > start + pixel; at--) lines[at] -= lines[at - pixel];
  }
}

/**
 * Writes a chunk: the length of its data, its type, the data, and the checksum of type and data.
 * Returns the place behind it.
 *
 * @param {Uint8Array} file
 * @param {number} at
 * @param {string} type
 * @param {Uint8Array} data
 */
function putChunk(file, at, type, data) {
  const view = new DataView(file.buffer);
  view.setUint32(at, data.length);
  for (let k = 0; k < 4; k++) file[at + 4 + k] = type.charCodeAt(k);
  file.set(data, at + 8);
  const end = at + 8 + data.length;
  view.setUint32(end, crc32(file.subarray(at + 4, end)));
  return end + 4;
}

if (typeof WorkerGlobalScope !== "undefined" && globalThis instanceof WorkerGlobalScope) {
  // Each message waits for those before it, so that the answers keep their order.
  let last = Promise.resolve();
  globalThis.onmessage = ({ data: work }) => {
    last = last.then(async () => {
      const packed = await pack(work);
      globalThis.postMessage(packed, [packed.buffer]);
    });
  };
}
