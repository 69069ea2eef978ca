/**
 * A seeded mutator for fuzzing, which damages files in ways that are hard for readers.
 *
 * @module
 */
import { joined } from "../../lib/core/joined.ts";
import { RandomStream } from "../../lib/core/random.ts";

/** Boundary values at which readers tend to fail. */
const NUMBERS = [
  0n,
  1n,
  -1n,
  127n,
  255n,
  256n,
  65535n,
  2n ** 31n - 1n,
  2n ** 31n,
  2n ** 32n - 1n,
  2n ** 53n,
  2n ** 60n,
  -(2n ** 63n),
];

const MOST_CHANGES = 4;
const MOST_PIECE = 64;

/**
 * Damaged version number `index` of one of `seeds`: changed bytes, and removed, repeated and
 * foreign pieces.
 */
export function mutant(seeds: readonly Uint8Array[], index: number): Uint8Array {
  const random = new RandomStream(1, "fuzz", 0, index);
  const below = (n: number) => random.integerBelow(Math.max(1, n));
  let bytes: Uint8Array = seeds[below(seeds.length)].slice();
  for (let changes = 1 + below(MOST_CHANGES); changes > 0; changes--) {
    bytes = damaged(bytes, seeds[below(seeds.length)], below);
  }
  return bytes;
}

function damaged(
  bytes: Uint8Array,
  other: Uint8Array,
  below: (n: number) => number,
): Uint8Array {
  const at = below(bytes.length);
  const end = Math.min(bytes.length, at + 1 + below(MOST_PIECE));
  switch (below(8)) {
    case 0: // one bit
      if (at < bytes.length) bytes[at] ^= 1 << below(8);
      return bytes;
    case 1: // one byte
      if (at < bytes.length) bytes[at] = below(256);
      return bytes;
    case 2: { // a number
      const value = new Uint8Array(BigInt64Array.of(NUMBERS[below(NUMBERS.length)]).buffer);
      bytes.set(value.subarray(0, Math.min(1 << below(4), bytes.length - at)), at);
      return bytes;
    }
    case 3: // the end is missing
      return bytes.slice(0, at);
    case 4: // a piece is missing
      return joined([bytes.subarray(0, at), bytes.subarray(end)]);
    case 5: // a piece comes again
      return joined([bytes.subarray(0, end), bytes.subarray(at)]);
    case 6: { // a piece of another file stands in it
      const from = below(other.length);
      const piece = other.subarray(from, from + 1 + below(MOST_PIECE));
      return joined([bytes.subarray(0, at), piece, bytes.subarray(below(2) ? at : end)]);
    }
    default: // it goes on as another file
      return joined([bytes.subarray(0, at), other.subarray(below(other.length))]);
  }
}
