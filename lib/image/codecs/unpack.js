// The expensive part of decoding: inflating PNG data, and all of JPEG.
//
// This file is used twice: imported for the calling thread, and as text for the workers of
// unpackers.ts, behind the texts of the files that it imports.
import { whatIsMissing } from "./jpeg_scans.js";
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
 * A JPEG file, the values of its header and its scans. `module` is the decoder of the package
 * imagescript.
 *
 * @typedef {{
 *   readonly kind: "jpeg",
 *   readonly data: Uint8Array,
 *   readonly width: number,
 *   readonly height: number,
 *   readonly channels: number,
 *   readonly scans: readonly import("./jpeg_scans.js").Scan[],
 *   readonly module: WebAssembly.Module,
 * }} JpegWork
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
 * @typedef {ZlibWork | JpegWork | LzwWork
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
  jpeg: decodeJpeg,
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

/**
 * The decoder's exports. `decode` returns a handle (0 or 1 for a refused file) and frees the input.
 * `decode_format` returns an index into CHANNELS. `decode_buffer` returns the address of the
 * pixels; `wlen` is then their number of bytes.
 *
 * @typedef {{
 *   readonly memory: WebAssembly.Memory,
 *   walloc(bytes: number): number,
 *   decode(address: number, bytes: number, leastWidth: number, leastHeight: number): number,
 *   decode_width(handle: number): number,
 *   decode_height(handle: number): number,
 *   decode_format(handle: number): number,
 *   decode_buffer(handle: number): number,
 *   decode_free(handle: number): void,
 *   wlen(): number,
 * }} Codec
 */

/** Grey, RGB, CMYK (255 = full ink). */
const CHANNELS = [1, 3, 4];

/** A decoder that holds more memory than this is released after use. */
const KEPT_BYTES = 64 * 1024 * 1024;

/** @type {Codec | undefined} */
let kept;

/**
 * Decodes a file that is whole. After a refusal or a trap the decoder's state is unknown, so it is
 * not kept.
 *
 * @param {JpegWork} work
 */
function decodeJpeg(work) {
  const missing = whatIsMissing(work.data, work.scans);
  if (missing !== undefined) return missing;
  const codec = kept ??
    /** @type {Codec} */ (/** @type {unknown} */ (new WebAssembly.Instance(work.module).exports));
  kept = undefined;
  const pixels = decode(codec, work);
  if (pixels && codec.memory.buffer.byteLength <= KEPT_BYTES) kept = codec;
  return pixels;
}

/**
 * A copy of the decoded pixels; `undefined` when the decoder refuses the file or differs in size.
 *
 * @param {Codec} codec
 * @param {JpegWork} work
 */
function decode(codec, { data, width, height, channels }) {
  try {
    const input = codec.walloc(data.length);
    if (input === 0) return undefined;
    new Uint8Array(codec.memory.buffer).set(data, input);
    // The decoder shrinks larger pictures. No accepted image has a side of 65535 px.
    const handle = codec.decode(input, data.length, 65535, 65535);
    if (handle === 0 || handle === 1) return undefined;
    if (codec.decode_width(handle) !== width || codec.decode_height(handle) !== height) {
      return undefined;
    }
    if (CHANNELS[codec.decode_format(handle)] !== channels) return undefined;
    const address = codec.decode_buffer(handle);
    const length = codec.wlen();
    if (length !== width * height * channels) return undefined;
    const pixels = new Uint8Array(codec.memory.buffer, address, length).slice();
    codec.decode_free(handle);
    return pixels;
  } catch (error) {
    // Hostile files can make the module trap. A trap counts as a refusal.
    if (error instanceof WebAssembly.RuntimeError) return undefined;
    throw error;
  }
}

if (typeof WorkerGlobalScope !== "undefined" && globalThis instanceof WorkerGlobalScope) {
  globalThis.onmessage = ({ data: work }) => {
    const unpacked = unpack(work);
    globalThis.postMessage(unpacked, unpacked instanceof Uint8Array ? [unpacked.buffer] : []);
  };
}
