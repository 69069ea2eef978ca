/**
 * Damaged files, thousands for each reader of a format: only InputErrors, none slow, none greedy.
 *
 * `FUZZ_INPUTS` sets how many, `FUZZ_START` the number of the first, with which a failure can be looked at alone.
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

/** A reader and files that it reads. */
export interface FuzzTarget {
  readonly name: string;
  readonly seeds: readonly Uint8Array[];
  /** Of how many inputs one is taken; 1 where not given. */
  readonly oneOf?: number;
  /** Done to each damaged file, such as putting its checksums right. */
  readonly repair?: (bytes: Uint8Array) => Uint8Array;
  /** Bytes that it may take beyond the file's size and 64 MiB. */
  readonly allows?: (bytes: Uint8Array) => number;
  read(bytes: Uint8Array): void;
}

/** Makes the test of a reader. */
export function testTarget({ name, seeds, oneOf = 1, repair, allows, read }: FuzzTarget): void {
  const inputs = Math.ceil(INPUTS / oneOf);
  Deno.test(`${name} survives ${inputs} damaged files`, () => {
    for (const seed of seeds) read(seed);
    let taken = 0;
    for (let index = START; index < START + inputs; index++) {
      const damaged = mutant(seeds, index);
      const bytes = repair ? repair(damaged) : damaged;
      const [before, start] = [usedBytes(), performance.now()];
      try {
        read(bytes);
        taken++;
      } catch (error) {
        if (!(error instanceof InputError)) {
          throw new AssertionError(
            `input ${index}: ${error instanceof Error ? error.stack : error}`,
          );
        }
      }
      const time = performance.now() - start;
      if (time > MOST_MILLISECONDS) throw new AssertionError(`input ${index} took ${time} ms`);
      const used = usedBytes() - before;
      if (used > bytes.length + MOST_EXTRA_BYTES + (allows?.(bytes) ?? 0)) {
        throw new AssertionError(`input ${index} of ${bytes.length} bytes took ${used} bytes`);
      }
    }
    // Damage in the data of a tensor or between entries goes unnoticed at most now and then.
    if (taken === inputs) {
      throw new AssertionError("nothing was refused: the mutator does not work");
    }
  });
}

function usedBytes(): number {
  const { heapUsed, external } = Deno.memoryUsage();
  return heapUsed + external;
}
