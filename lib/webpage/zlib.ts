/**
 * The part of `node:zlib` that the image codecs use, for pages: bundle.ts puts it in its place.
 *
 * @module
 */
import { Inflate } from "fflate";
export { crc32 } from "../core/crc32.ts";

/** Packed bytes that are inflated at once; they unpack to at most 4 MiB. */
const PIECE = 4096;

/** The header of a zlib stream, and its checksum at the end (RFC 1950). */
const HEADER_BYTES = 2;
const CHECKSUM_BYTES = 4;

/**
 * Inflates a zlib stream.
 *
 * @throws {Error} for a damaged stream, a wrong checksum, and beyond `maxOutputLength` bytes, which
 *   ends the work at once.
 */
export function inflateSync(
  data: Uint8Array,
  { maxOutputLength }: { readonly maxOutputLength: number },
): Uint8Array<ArrayBuffer> {
  checkHeader(data);
  const result = new Uint8Array(maxOutputLength);
  let length = 0;
  const stream = new Inflate((piece) => {
    if (length + piece.length > maxOutputLength) throw new Error("more bytes than allowed");
    result.set(piece, length);
    length += piece.length;
  });
  for (let at = HEADER_BYTES; at < data.length; at += PIECE) {
    stream.push(data.subarray(at, at + PIECE), at + PIECE >= data.length);
  }
  const inflated = result.subarray(0, length);
  if (!holds(data, adler32(inflated))) throw new Error("wrong checksum");
  return inflated;
}

/** Throws unless the stream is deflated, with a window that exists, and needs no dictionary. */
function checkHeader([method, flags]: Uint8Array): void {
  const isDeflated = (method & 15) === 8 && method >> 4 <= 7;
  if (!isDeflated || (256 * method + flags) % 31 !== 0 || (flags & 32) !== 0) {
    throw new Error("no zlib stream");
  }
}

/**
 * Whether the checksum stands behind the header. fflate does not tell where the packed data ends,
 * and files may have bytes behind the stream, so every place counts, the last one first.
 */
function holds(data: Uint8Array, checksum: number): boolean {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  for (let at = data.length - CHECKSUM_BYTES; at >= HEADER_BYTES; at--) {
    if (view.getUint32(at) === checksum) return true;
  }
  return false;
}

/** The checksum of a zlib stream (RFC 1950, section 9). */
export function adler32(bytes: Uint8Array): number {
  let [low, high] = [1, 0];
  for (let at = 0; at < bytes.length;) {
    // So many sums stay below 2^31.
    const end = Math.min(bytes.length, at + 3800);
    for (; at < end; at++) high += low += bytes[at];
    low %= 65521;
    high %= 65521;
  }
  return (high << 16 | low) >>> 0;
}
