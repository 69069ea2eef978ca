/**
 * The transposed convolution and its gradients, with workgroup memory and without: the bits are
 * equal, also under limits that cut the work.
 *
 * @module
 */
import { createGpuEngine } from "../../../lib/engine/gpu/engine.ts";
import type { GpuLimits } from "../../../lib/engine/gpu/limits.ts";
import { assertSameBits } from "../../support/compare.ts";
import { gpuAdapter as adapter } from "../../support/engines.ts";
import * as steps from "../../support/one_step.ts";
import { Draw } from "../../support/random_programs.ts";
import { type Program, run } from "../../support/step_program.ts";

/** Two chunks of blocks, two slices or more, and pixels that do not divide into tiles. */
const PROGRAMS: Record<string, (draw: Draw) => Program> = {
  forward: (draw) => {
    const input = { ...draw.input([2, 32, 5, 9], true), relu: true };
    return steps.convTranspose2(input, draw.values([32, 64, 2, 2]), draw.values([64]));
  },
  "forward without norm": (draw) => {
    const input = draw.input([1, 16, 8, 16], false);
    return steps.convTranspose2(input, draw.values([16, 32, 2, 2]), draw.values([32]));
  },
  "input gradient": (draw) =>
    steps.convTranspose2InputGradient(draw.values([2, 32, 10, 18]), draw.values([128, 32, 2, 2])),
  "weight gradient": (draw) => {
    const input = { ...draw.input([2, 128, 6, 16], true), relu: true };
    return steps.convTranspose2WeightGradient(input, draw.values([2, 64, 12, 32]));
  },
  "weight gradient of narrow maps": (draw) =>
    steps.convTranspose2WeightGradient(
      draw.input([2, 64, 8, 6], false),
      draw.values([2, 32, 16, 12]),
    ),
};

for (const [name, program] of Object.entries(PROGRAMS)) {
  Deno.test({
    name: `tiles give the same bits: transposed convolution, ${name}`,
    ignore: adapter === undefined,
    fn: async () => {
      const given = program(new Draw(7));
      const expected = await runWith({ tiled: false }, given);
      for (const limits of [{ tiled: true }, { tiled: true, dispatchFlops: 3e5 }]) {
        const got = await runWith(limits, given);
        for (const key of given.wanted) assertSameBits(key, got[key], expected[key]);
      }
    },
  });
}

async function runWith(limits: Partial<GpuLimits>, program: Program) {
  const engine = await createGpuEngine({ adapter: adapter!, limits });
  const results = await run(engine, program);
  engine.close();
  return results;
}
