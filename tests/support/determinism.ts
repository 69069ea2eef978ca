/**
 * Declares tests of whether a step's bits depend on how often it has run, or on what lay in memory.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { Tensors } from "../../lib/core/tensor.ts";
import { assertSameBits } from "./compare.ts";
import type { TestedEngine } from "./engines.ts";
import { Draw, PROGRAMS } from "./random_programs.ts";
import { type Program, run } from "./step_program.ts";

const CALLS = 100;
/** A GPU's kernels are compiled once: there are no tiers to pass through. */
const SLOW_CALLS = 25;

/** Large enough for every thread to get a piece. */
export const LARGE = { channels: 40, side: 50, n: 2 };

/** Declares a test of every step kind on each engine. */
export function testRepeatedCalls(engines: readonly TestedEngine[]): void {
  for (const { label, engine, slow } of engines) {
    const calls = slow ? SLOW_CALLS : CALLS;
    Deno.test(`call ${calls} on ${label} gives the bits of the first`, async (test) => {
      for (const [kind, programOf] of Object.entries(PROGRAMS)) {
        await test.step(kind, async () => {
          const program = programOf(new Draw(1));
          const poison = poisoned(programOf(new Draw(2, LARGE)));
          const first = await run(engine, program);
          for (let call = 2; call <= calls; call++) {
            if (call % 25 === 0) await run(engine, poison);
            assertSame(`call ${call}`, await run(engine, program), first);
          }
        });
      }
    });
  }
}

/** Compares all tensors, bit by bit. */
export function assertSame(what: string, got: Tensors, expected: Tensors): void {
  assertEquals(Object.keys(got), Object.keys(expected));
  for (const [name, tensor] of Object.entries(expected)) {
    assertSameBits(`${what}: ${name}`, got[name], tensor);
  }
}

/** The program with NaN for every float: what it leaves in memory must not reach the next one. */
function poisoned(program: Program): Program {
  const tensors = Object.entries(program.tensors).map(([name, tensor]) => {
    if (!(tensor.data instanceof Float32Array)) return [name, tensor];
    return [name, { shape: tensor.shape, data: tensor.data.map(() => NaN) }];
  });
  return { ...program, tensors: Object.fromEntries(tensors) };
}
