/**
 * The pace of submissions, with simulated time: the queue of a GPU is never empty, and never long.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { type Call, Runner } from "../../../lib/engine/gpu/runner.ts";
import { SimulatedGpu } from "../../support/simulated_gpu.ts";

/** FLOP per ms of the simulated GPU, over a whole step. */
const RATE = 20e9;

/** Time that the host takes for a batch. */
const BATCH_MS = 8;

/** Interval at which a training reads its losses. */
const LOSSES_MS = 2000;

/** A step: its milliseconds, its calls, and by which factor their rates differ from the mean. */
const STEPS = [[237, 286, 2], [40, 286, 2], [12, 90, 2], [950, 670, 1.4]] as const;

/** The calls of a step. Kernels of one sort follow one another, so the rate changes slowly. */
function callsOf(simulated: SimulatedGpu, [ms, calls, most]: (typeof STEPS)[number]): Call[] {
  const factors = Array.from({ length: calls }, (_, i) => most ** Math.cos(9 * i / calls));
  const sum = factors.reduce((a, b) => a + b);
  return factors.map((factor) => simulated.call(ms * factor / sum, ms * RATE / calls));
}

/** Trains for some seconds of simulated time. */
async function train(
  simulated: SimulatedGpu,
  runner: Runner,
  { calls, seconds }: { calls: readonly Call[]; seconds: number },
): Promise<void> {
  const end = simulated.now() + 1000 * seconds;
  let fetched = simulated.now();
  while (simulated.now() < end) {
    simulated.work(BATCH_MS);
    if (simulated.now() - fetched >= LOSSES_MS) {
      void runner.ask(() => simulated.ask());
      fetched = simulated.now();
    }
    await runner.run(calls);
  }
}

/** Trains for a minute and asserts that the GPU is busy, its queue short, and the host awake. */
async function assertBusy(
  simulated: SimulatedGpu,
  runner: Runner,
  calls: readonly Call[],
): Promise<void> {
  const { idle, questions, turns } = simulated;
  await train(simulated, runner, { calls, seconds: 60 });
  assertEquals(simulated.idle - idle, 0, "the GPU waited");
  assert(simulated.longest < 500, `${simulated.longest} ms were queued`);
  assert(simulated.questions - questions < 60, `${simulated.questions - questions} questions`);
  assert(simulated.turns - turns > 60 * 5, `${simulated.turns - turns} turns`);
}

for (const host of ["Deno", "a browser"]) {
  // A probe is a single kernel: a training is slower, or, on a GPU that was busy then, faster.
  for (const rate of [undefined, RATE / 10, RATE / 2, RATE, 2.5 * RATE]) {
    const known = rate === undefined ? "unknown" : `${rate / RATE} of the true one`;
    Deno.test(`in ${host} steps keep a GPU busy, first rate ${known}`, async () => {
      for (const step of STEPS) {
        const simulated = new SimulatedGpu({
          blocks: host === "Deno",
          ...(rate !== undefined && { rate }),
        });
        const runner = new Runner(simulated.gpu, simulated);
        const calls = callsOf(simulated, step);
        await train(simulated, runner, { calls, seconds: 5 });
        assert(simulated.idle < 250, `the GPU waited for ${simulated.idle} ms at first`);
        await assertBusy(simulated, runner, calls);
      }
    });
  }
}

Deno.test("a GPU that becomes slower or faster has the right pace again after some seconds", async () => {
  const simulated = new SimulatedGpu({ blocks: true, rate: RATE });
  const runner = new Runner(simulated.gpu, simulated);
  const calls = callsOf(simulated, STEPS[0]);
  for (const slowness of [1, 1.3, 3, 0.5, 1]) {
    simulated.slowness = slowness;
    await train(simulated, runner, { calls, seconds: 15 });
    simulated.longest = 0;
    await assertBusy(simulated, runner, calls);
  }
});

for (const host of ["Deno", "a browser"]) {
  Deno.test(`in ${host} dispatches that fill a second by a guess do not wait for it`, async () => {
    const simulated = new SimulatedGpu({ blocks: host === "Deno" });
    const runner = new Runner(simulated.gpu, simulated);
    const calls = Array.from({ length: 40 }, () => simulated.call(100, 100 * RATE));
    await runner.run(calls);
    assert(simulated.idle < 250, `the GPU waited for ${simulated.idle} ms of 4 s`);
  });
}
