/**
 * Inflates deflated data (RFC 1951) of known size, and never to more bytes.
 *
 * @module
 */
import { Inflate, inflateSync } from "fflate";
import { InputError } from "../core/errors.ts";

/** The largest compression ratio of deflate. */
const MOST_RATIO = 1032;

/** Packed data up to this size is inflated at once; even the worst case is short. */
const SMALL = 65536;

/** Larger data is inflated in pieces of this many packed bytes, which unpack to at most 4 MiB. */
const PIECE = 4096;

/**
 * Inflates `packed` to exactly `size` bytes. Throws {@linkcode InputError}, beginning with `what`,
 * otherwise.
 */
export function inflate(packed: Uint8Array, size: number, what: string): Uint8Array {
  if (size > packed.length * MOST_RATIO) {
    throw new InputError(`${what} claims ${size} bytes, more than can be packed into so few`);
  }
  let result: Uint8Array | undefined;
  try {
    result = packed.length <= SMALL ? unpackAtOnce(packed, size) : unpackInPieces(packed, size);
  } catch (error) {
    throw new InputError(`${what} is damaged: ${(error as Error).message}`);
  }
  if (result === undefined) {
    throw new InputError(`${what} does not unpack to the ${size} bytes that it claims`);
  }
  return result;
}

/** `undefined` for more or fewer bytes. */
function unpackAtOnce(packed: Uint8Array, size: number): Uint8Array | undefined {
  // fflate drops bytes beyond the end of `out`. One extra byte detects a larger result.
  const unpacked = inflateSync(packed, { out: new Uint8Array(size + 1) });
  return unpacked.length === size ? unpacked : undefined;
}

/** `undefined` for more or fewer bytes. Stops at the first byte too many. */
function unpackInPieces(packed: Uint8Array, size: number): Uint8Array | undefined {
  const result = new Uint8Array(size);
  let length = 0;
  const stream = new Inflate((piece) => {
    if (length + piece.length <= size) result.set(piece, length);
    length += piece.length;
  });
  for (let at = 0; at < packed.length && length <= size; at += PIECE) {
    stream.push(packed.subarray(at, at + PIECE), at + PIECE >= packed.length);
  }
  return length === size ? result : undefined;
}
