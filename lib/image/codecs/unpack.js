// The expensive part of decoding: inflating PNG data, all of JPEG, and the packings of DICOM.
//
// This file is used twice: imported for the calling thread, and as text for the workers of
// unpackers.ts, behind the texts of the files that it imports.
import { unpackByCodec } from "./unpack_codec.js";
import { unpackJpeg } from "./unpack_jpeg.js";
import { unpackLossless } from "./unpack_lossless.js";
import { unpackLzw } from "./unpack_lzw.js";
import { unpackRle } from "./unpack_runs.js";
import { unpackStrips } from "./unpack_strips.js";
import { unpackWebp } from "./unpack_webp.js";
import { inflate } from "./unpack_zlib.js";

/**
 * A zlib stream, such as that of a PNG file, and the exact number of bytes that it unpacks to.
 *
 * @typedef {{ readonly kind: "zlib", readonly data: Uint8Array, readonly size: number }} ZlibWork
 */

/**
 * The LZW codes of a GIF file, the exact number of values, and the bits of each.
 *
 * @typedef {{
 *   readonly kind: "lzw",
 *   readonly data: Uint8Array,
 *   readonly size: number,
 *   readonly bits: number,
 * }} LzwWork
 */

/**
 * @typedef {ZlibWork | LzwWork
 *   | import("./unpack_codec.js").CodecWork
 *   | import("./unpack_jpeg.js").JpegWork
 *   | import("./unpack_lossless.js").LosslessWork
 *   | import("./unpack_runs.js").RleWork
 *   | import("./unpack_strips.js").StripsWork
 *   | import("./unpack_webp.js").WebpWork} Work
 */

/**
 * The unpacked bytes; a string when the file is refused, the rest of a sentence about it; or
 * `undefined` when its data is refused without a reason.
 *
 * @typedef {Uint8Array<ArrayBuffer> | string | undefined} Answer
 */

/**
 * The function for each kind of work.
 *
 * @type {Record<Work["kind"], (work: any) => Answer>}
 */
const UNPACK = {
  zlib: unpackZlib,
  codec: unpackByCodec,
  jpeg: unpackJpeg,
  lossless: unpackLossless,
  lzw: unpackGif,
  rle: unpackRle,
  strips: unpackStrips,
  webp: unpackWebp,
};

/**
 * The unpacked bytes in a new buffer: filtered rows of a PNG, channels of a JPEG, strips of a TIFF.
 * Data that is damaged or disagrees with the header is refused.
 *
 * @param {Work} work
 * @returns {Answer}
 */
export function unpack(work) {
  return UNPACK[work.kind](work);
}

/**
 * Inflates to exactly `size` bytes, and never to more.
 *
 * @param {ZlibWork} work
 */
function unpackZlib({ data, size }) {
  const inflated = inflate(data, size);
  if (inflated === undefined) return undefined;
  const { buffer, byteOffset, byteLength } = inflated;
  // node:zlib returns small results as views of a shared buffer.
  return buffer.byteLength === size
    ? new Uint8Array(buffer)
    : new Uint8Array(buffer, byteOffset, byteLength).slice();
}

/** @param {LzwWork} work */
function unpackGif({ data, size, bits }) {
  const values = new Uint8Array(size);
  return unpackLzw(data, values, { bits, format: "gif" }) ? values : undefined;
}

if (typeof WorkerGlobalScope !== "undefined" && globalThis instanceof WorkerGlobalScope) {
  globalThis.onmessage = ({ data: work }) => {
    const unpacked = unpack(work);
    globalThis.postMessage(unpacked, unpacked instanceof Uint8Array ? [unpacked.buffer] : []);
  };
}
