/**
 * Feeds thousands of damaged files to each reader of a format. A reader may only throw InputErrors,
 * and must neither be slow nor use much memory.
 *
 * `FUZZ_INPUTS` sets the number of files. `FUZZ_START` sets the number of the first file, to
 * reproduce a failure.
 *
 * @module
 */
import { AssertionError } from "@std/assert";
import { InputError } from "../../lib/core/errors.ts";
import { mutant } from "./mutate.ts";

const INPUTS = Number(Deno.env.get("FUZZ_INPUTS") ?? 5000);
const START = Number(Deno.env.get("FUZZ_START") ?? 0);
const MOST_MILLISECONDS = 1000;
const MOST_EXTRA_BYTES = 64 * 2 ** 20;

/** A reader and valid files for it. */
export interface FuzzTarget {
  readonly name: string;
  readonly seeds: readonly Uint8Array[];
  /** The reader gets one of this many inputs; 1 by default. */
  readonly oneOf?: number;
  /** Applied to each damaged file, such as to correct its checksums. */
  readonly repair?: (bytes: Uint8Array) => Uint8Array;
  /** Whether the reader takes every file, because it refuses none. */
  readonly takesAll?: boolean;
  /** Memory in bytes that the reader may use beyond the file's size and 64 MiB. */
  readonly allows?: (bytes: Uint8Array) => number;
  read(bytes: Uint8Array): void;
}

/** Declares the test of a reader. */
export function testTarget(
  { name, seeds, oneOf = 1, repair, takesAll, allows, read }: FuzzTarget,
): void {
  const inputs = Math.ceil(INPUTS / oneOf);
  Deno.test(`${name} survives ${inputs} damaged files`, () => {
    for (const seed of seeds) read(seed);
    let taken = 0;
    for (let index = START; index < START + inputs; index++) {
      const damaged = mutant(seeds, index);
      const bytes = repair ? repair(damaged) : damaged;
      const before = usedBytes();
      const taking = readOrRefuse(read, bytes, index);
      const used = usedBytes() - before;
      if (taking.taken) taken++;
      if (taking.time > MOST_MILLISECONDS) {
        // The machine may have paused. Only an input that is slow again is slow.
        const { time } = readOrRefuse(read, bytes, index);
        if (time > MOST_MILLISECONDS) throw new AssertionError(`input ${index} took ${time} ms`);
      }
      if (used > bytes.length + MOST_EXTRA_BYTES + (allows?.(bytes) ?? 0)) {
        throw new AssertionError(`input ${index} of ${bytes.length} bytes took ${used} bytes`);
      }
    }
    // Damage in the data of a tensor or between entries may go unnoticed, but only rarely.
    if (taken === inputs && !takesAll) {
      throw new AssertionError("nothing was refused: the mutator does not work");
    }
  });
}

/** Whether the reader takes a file, and the milliseconds that it takes for that. */
function readOrRefuse(read: FuzzTarget["read"], bytes: Uint8Array, index: number) {
  const start = performance.now();
  let taken = true;
  try {
    read(bytes);
  } catch (error) {
    if (!(error instanceof InputError)) {
      throw new AssertionError(`input ${index}: ${error instanceof Error ? error.stack : error}`);
    }
    taken = false;
  }
  return { taken, time: performance.now() - start };
}

function usedBytes(): number {
  const { heapUsed, external } = Deno.memoryUsage();
  return heapUsed + external;
}
