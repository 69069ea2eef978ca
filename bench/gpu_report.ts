/**
 * A report on a GPU in one call: `deno run bench/gpu_report.ts [WORKLOAD]`. It prints adapter and
 * limits, the results of the self-test, the rate of a training step or forward pass, and its
 * profile. The default is E4, a training step of the tutorial's network; on an adapter in software
 * it is D.
 *
 * @module
 */
import { doctor } from "../lib/cli/commands/doctor.ts";
import { gpuProfileTable } from "../lib/cli/commands/profile.ts";
import { sayOnStdout } from "../lib/cli/terminal/say.ts";
import { median } from "../lib/core/statistics.ts";
import type { Engine } from "../lib/engine/engine.ts";
import { gpuAdapterOf, isSoftware } from "../lib/engine/gpu/adapter.ts";
import { createGpuEngine } from "../lib/engine/gpu/engine.ts";
import {
  batchOf,
  describeWorkload,
  freshState,
  planOf,
  tensorsOfWorkload,
  type Workload,
  WORKLOADS_BY_NAME,
} from "../lib/engine/workloads.ts";
import { planFlops } from "../lib/plan/flops.ts";

/** Number of timed groups of steps. Each group ends by reading its results. */
const GROUPS = 5;
const STEPS = { software: 1, hardware: 10 };

async function report(adapter: GPUAdapter, workload: Workload): Promise<boolean> {
  const say = sayOnStdout();
  if (!await doctor({ device: "gpu", speed: false }, say)) return false;
  const engine = await createGpuEngine({ adapter });
  await speed(engine, workload, isSoftware(adapter) ? STEPS.software : STEPS.hardware);
  await profile(engine, workload);
  engine.close();
  return true;
}

/** Prints images/s and TFLOP/s of whole runs. */
async function speed(engine: Engine, workload: Workload, steps: number): Promise<void> {
  const plan = planOf(workload);
  const gibibytes = engine.memoryNeeded([plan]) / 2 ** 30;
  console.log(`\nworkload  ${workload.name}: ${describeWorkload(workload)}`);
  console.log(`memory    ${gibibytes.toFixed(2)} GiB`);
  const run = await runner(engine, workload, steps);
  const first = performance.now();
  await run();
  console.log(`first     ${((performance.now() - first) / 1000).toFixed(1)} s with compilation`);
  const times: number[] = [];
  for (let group = 0; group < GROUPS; group++) {
    const start = performance.now();
    await run();
    times.push((performance.now() - start) / steps);
  }
  const ms = median(times);
  const rate = planFlops(plan) / ms / 1e9;
  console.log(
    `speed     ${ms.toFixed(1)} ms a run, ${(1000 * workload.n / ms).toFixed(2)} images/s, ` +
      `${rate.toFixed(3)} TFLOP/s (median of ${GROUPS} groups of ${steps})`,
  );
}

/** A function that does `steps` runs and waits for their results. */
async function runner(
  engine: Engine,
  workload: Workload,
  steps: number,
): Promise<() => Promise<void>> {
  const plan = planOf(workload);
  const batch = batchOf(workload);
  const state = freshState(workload);
  if (workload.kind === "forward") {
    const predictor = await engine.predictor(plan, state.weights);
    return async () => {
      for (let step = 0; step < steps; step++) await predictor.run(batch.images, batch.n);
    };
  }
  const trainer = await engine.trainer({ train: [plan], evaluate: [] }, state);
  return async () => {
    for (let step = 0; step < steps; step++) await trainer.step(batch, { learningRate: 1e-4 });
    const losses = await trainer.losses();
    if (!losses.every(({ loss }) => Number.isFinite(loss))) throw new Error("a loss is no number");
  };
}

/** Prints the profile. */
async function profile(engine: Engine, workload: Workload): Promise<void> {
  const tensors = tensorsOfWorkload(workload);
  const found = await engine.profile(planOf(workload), tensors, { runs: 3 });
  console.log(`\n${gpuProfileTable(found)}`);
}

const adapter = await gpuAdapterOf();
if (!adapter) {
  console.error("navigator.gpu has no adapter");
  Deno.exit(3);
}
const name = Deno.args[0] ?? (isSoftware(adapter) ? "D" : "E4");
const workload = WORKLOADS_BY_NAME.get(name);
if (!workload) {
  console.error(`there is no workload ${name}: ${[...WORKLOADS_BY_NAME.keys()].join(", ")}`);
  Deno.exit(2);
}
if (!await report(adapter, workload)) Deno.exit(3);
