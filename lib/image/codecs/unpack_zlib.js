// Zlib streams, as PNG and TIFF files pack with them. Part of the worker's text (unpackers.ts).
import { inflateSync } from "node:zlib";

/**
 * Inflates a stream to `size` bytes or more, up to `most`, and never to more than that.
 *
 * @param {Uint8Array} data
 * @param {number} size
 * @param {number} [most] By default `size`.
 * @returns {Uint8Array | undefined} The first `size` bytes; `undefined` for a damaged stream.
 */
export function inflate(data, size, most = size) {
  try {
    const inflated = inflateSync(data, { maxOutputLength: most, chunkSize: Math.max(64, size) });
    return inflated.length < size ? undefined : inflated.subarray(0, size);
  } catch {
    // Wrong codes, a wrong checksum, a missing end, or more than `most` bytes.
    return undefined;
  }
}
