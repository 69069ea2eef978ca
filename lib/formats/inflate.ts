/**
 * Unpacking deflated data (RFC 1951) of which the size is known beforehand, and never more than that.
 *
 * @module
 */
import { Inflate, inflateSync } from "fflate";
import { InputError } from "../core/errors.ts";

/** Deflate packs at most so many bytes into one. */
const MOST_RATIO = 1032;

/** Up to so many packed bytes are unpacked in one go: even the worst are soon done with. */
const SMALL = 65536;

/** Of larger data, so many packed bytes are handed over at once: they unpack to at most 4 MiB. */
const PIECE = 4096;

/** Unpacks `packed` to exactly `size` bytes. `what` begins the sentence of the {@linkcode InputError} otherwise. */
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

/** Undefined where there are more or fewer bytes. */
function unpackAtOnce(packed: Uint8Array, size: number): Uint8Array | undefined {
  // Given room, fflate drops what goes beyond; one byte more than is right shows that there was more.
  const unpacked = inflateSync(packed, { out: new Uint8Array(size + 1) });
  return unpacked.length === size ? unpacked : undefined;
}

/** Undefined where there are more or fewer bytes; stops at the first too many. */
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
