/**
 * Unpacking deflated data (RFC 1951) of which the size is known beforehand, and never more than that.
 *
 * @module
 */
import { Inflate } from "fflate";
import { InputError } from "../errors.ts";

/** Packed bytes handed over at once. Deflate packs at most 1032 to 1, so that a piece unpacks to at most 4 MiB. */
const PIECE = 4096;

/** Unpacks `packed` to exactly `size` bytes. `what` begins the sentence of the {@linkcode InputError} otherwise. */
export function inflate(packed: Uint8Array, size: number, what: string): Uint8Array {
  if (size > packed.length * 1032) {
    throw new InputError(`${what} claims ${size} bytes, more than can be packed into so few`);
  }
  const result = new Uint8Array(size);
  let length = 0;
  let tooLong = false;
  const stream = new Inflate((piece) => {
    tooLong ||= length + piece.length > size;
    if (!tooLong) result.set(piece, length);
    length += piece.length;
  });
  try {
    for (let at = 0; at < packed.length && !tooLong; at += PIECE) {
      stream.push(packed.subarray(at, at + PIECE), at + PIECE >= packed.length);
    }
  } catch (error) {
    throw new InputError(`${what} is damaged: ${(error as Error).message}`);
  }
  if (tooLong || length !== size) {
    throw new InputError(`${what} does not unpack to the ${size} bytes that it claims`);
  }
  return result;
}
