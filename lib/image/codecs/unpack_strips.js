// Pixels that a file keeps in parts, such as the strips and tiles of TIFF. Part of the worker's
// text (unpackers.ts).
import { unpackLzw } from "./unpack_lzw.js";
import { unpackPackBits } from "./unpack_runs.js";
import { inflate } from "./unpack_zlib.js";

/** @typedef {"none" | "lzw" | "deflate" | "packbits"} StripCompression */

/**
 * A part of the file. It unpacks to `size` bytes or more, up to `most`; the first `size` are kept.
 *
 * @typedef {{
 *   readonly at: number,
 *   readonly length: number,
 *   readonly size: number,
 *   readonly most: number,
 * }} Strip
 */

/**
 * A file and its parts. In a `mirrored` file the lowest bit of a byte is the first (FillOrder 2).
 *
 * @typedef {{
 *   readonly kind: "strips",
 *   readonly data: Uint8Array,
 *   readonly strips: readonly Strip[],
 *   readonly compression: StripCompression,
 *   readonly mirrored: boolean,
 * }} StripsWork
 */

/**
 * Fills `target` from a packed part, and says whether it could.
 *
 * @type {Record<StripCompression, (data: Uint8Array, target: Uint8Array, most: number) => boolean>}
 */
const UNPACK_STRIP = {
  none: (data, target) => {
    if (data.length < target.length) return false;
    target.set(data.subarray(0, target.length));
    return true;
  },
  lzw: (data, target) => {
    // The oldest TIFF files have the low bits of a code first, as GIF has. The first code is 256.
    const format = data[0] === 0 && (data[1] & 1) === 1 ? "gif" : "tiff";
    return unpackLzw(data, target, { bits: 8, format });
  },
  deflate: (data, target, most) => {
    const inflated = inflate(data, target.length, most);
    if (inflated) target.set(inflated);
    return inflated !== undefined;
  },
  packbits: unpackPackBits,
};

/**
 * The unpacked parts, one after the other; `undefined` when one of them is damaged.
 *
 * @param {StripsWork} work
 * @returns {Uint8Array<ArrayBuffer> | undefined}
 */
export function unpackStrips({ data, strips, compression, mirrored }) {
  const unpacked = new Uint8Array(strips.reduce((sum, { size }) => sum + size, 0));
  let to = 0;
  for (const { at, length, size, most } of strips) {
    const part = data.subarray(at, at + length);
    const packed = mirrored ? part.map((byte) => MIRRORED[byte]) : part;
    const target = unpacked.subarray(to, to += size);
    if (!UNPACK_STRIP[compression](packed, target, most)) return undefined;
  }
  return unpacked;
}

/** Bytes with their bits in reverse order. */
const MIRRORED = Uint8Array.from({ length: 256 }, (_, byte) => {
  let mirrored = 0;
  for (let bit = 0; bit < 8; bit++) mirrored |= (byte >> bit & 1) << 7 - bit;
  return mirrored;
});
