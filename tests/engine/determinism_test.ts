/**
 * Bits depend on the numbers that go in, and on nothing else: not on how often a kernel has run
 * (compilers replace its code while it runs), not on what lay in memory before, not on the number
 * of threads.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { Batch } from "../../lib/core/batch.ts";
import { createCpuEngine } from "../../lib/engine/cpu/engine.ts";
import type { Engine, TrainingState } from "../../lib/engine/engine.ts";
import { graphOf } from "../../lib/network/architectures.ts";
import type { Network } from "../../lib/network/network.ts";
import { initialWeights } from "../../lib/network/weights.ts";
import { planEvaluation, planTraining } from "../../lib/plan/planners.ts";
import { assertSame, LARGE, testRepeatedCalls } from "../support/determinism.ts";
import { fastEngines, quickEngines } from "../support/engines.ts";
import { EVERYTHING } from "../support/everything.ts";
import { kindsByWinograd, WINOGRAD_KINDS } from "../support/kernels_of.ts";
import { Draw, PROGRAMS } from "../support/random_programs.ts";
import * as steps from "../support/one_step.ts";
import { run, tensorOf } from "../support/step_program.ts";

const THREADS = [1, 2, 3, 7, 16];

testRepeatedCalls(quickEngines);

for (const { label, engine, makeBackend, slow } of fastEngines) {
  // A GPU checks the step that reads whole tensors, lanes without a number among them.
  const kinds = slow ? ["gradient_norm"] : Object.keys(PROGRAMS);
  Deno.test(`what another plan left in memory changes no bit on ${label}`, async (test) => {
    const side = [1, 1, 512, 512];
    const other = steps.loss(tensorOf(side), tensorOf(side));
    const backend = await makeBackend();
    for (const kind of kinds) {
      await test.step(kind, async () => {
        const { plan, tensors, wanted } = PROGRAMS[kind](new Draw(1));
        const prepared = await backend.prepare([other.plan, plan]);
        for (const { name, shape } of other.plan.tensors) {
          prepared.write(0, name, tensorOf(shape, () => NaN).data);
        }
        for (const [name, { data }] of Object.entries(tensors)) prepared.write(1, name, data);
        await prepared.run(1);
        const found = await prepared.read(1, wanted);
        prepared.close();
        assertSame(kind, found, await run(engine, { plan, tensors, wanted }));
      });
    }
    backend.close();
  });
}

Deno.test("kernels on the CPU give the same bits on 1, 2, 3, 7 and 16 threads", async (test) => {
  await withThreads(async ([single, ...others]) => {
    for (const [kind, programOf] of Object.entries(PROGRAMS)) {
      await test.step(kind, async () => {
        for (const draw of [() => new Draw(3), () => new Draw(4, LARGE)]) {
          const program = programOf(draw());
          const expected = await run(single, program);
          for (const engine of others) {
            assertSame(engine.adapter, await run(engine, program), expected);
          }
        }
      });
    }
  });
});

const PLAIN: Network = { inChannels: 1, classes: 1, base: 1, bilinear: false };

/** A narrow network, and one wide enough for Winograd's algorithm. */
const TRAININGS = [
  { network: { ...PLAIN, base: 6 }, height: 34, width: 25, sizes: [3, 2, 3] },
  { network: { ...PLAIN, base: 6, bilinear: true }, height: 34, width: 25, sizes: [3, 2, 3] },
  { network: { ...PLAIN, base: 32 }, height: 37, width: 31, sizes: [3, 2] },
  { network: EVERYTHING, height: 50, width: 37, sizes: [3, 2, 3] },
];

for (const training of TRAININGS) {
  Deno.test(`training on the CPU (${graphOf(training.network).details}) gives the same bits on any number of threads`, async () => {
    await withThreads(async ([single, ...others]) => {
      const expected = await train(single, training);
      for (const engine of others) {
        const got = await train(engine, training);
        assertEquals(got.losses, expected.losses, engine.adapter);
        assertSame(`${engine.adapter}, weights`, got.state.weights, expected.state.weights);
        for (const slot of ["exp_avg", "exp_avg_sq"]) {
          const [found, wanted] = [got, expected].map(({ state }) => state.slots![slot]);
          assertSame(`${engine.adapter}, ${slot}`, found, wanted);
        }
      }
    });
  });
}

async function withThreads(use: (engines: Engine[]) => Promise<void>): Promise<void> {
  const engines = await Promise.all(THREADS.map((threads) => createCpuEngine({ threads })));
  try {
    await use(engines);
  } finally {
    for (const engine of engines) engine.close();
  }
}

/** A few steps with two batch sizes and an odd image size. */
async function train(
  engine: Engine,
  { network, height, width, sizes }: typeof TRAININGS[number],
): Promise<{ losses: unknown; state: TrainingState }> {
  const draw = new Draw(5);
  const batches = sizes.map((n): Batch => ({
    n,
    height,
    width,
    images: Uint8Array.from({ length: n * height * width }, () => draw.whole(0, 255)),
    masks: draw.between([n * height * width], 0, 1).data,
  }));
  const shapes = [...new Set(sizes)].map((n) => ({ n, height, width, mean: 0.485, std: 0.229 }));
  const plans = {
    train: shapes.map((shape) => planTraining(graphOf(network), shape)),
    evaluate: shapes.map((shape) => planEvaluation(graphOf(network), shape)),
  };
  for (const plan of plans.train) {
    assertEquals(kindsByWinograd(plan), network.base === 32 ? WINOGRAD_KINDS : []);
  }
  const weights = initialWeights(graphOf(network), 0);
  const trainer = await engine.trainer(plans, { weights, step: 0, batchesTracked: 0 });
  for (const batch of batches) await trainer.step(batch, { learningRate: 1e-3 });
  const losses = [await trainer.losses(), await trainer.evaluate(batches[0])];
  const state = await trainer.state();
  trainer.close();
  return { losses, state };
}
