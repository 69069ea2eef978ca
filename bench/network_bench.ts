/**
 * Whole networks, all cores and, where there is one, the GPU: `deno bench bench/network_bench.ts`.
 * @module
 */
import { createCpuEngine } from "../lib/engine/cpu/engine.ts";
import type { Engine } from "../lib/engine/engine.ts";
import { gpuAdapterOf, isSoftware } from "../lib/engine/gpu/adapter.ts";
import { createGpuEngine } from "../lib/engine/gpu/engine.ts";
import {
  batchOf,
  describeWorkload,
  freshState,
  planOf,
  type Workload,
  WORKLOADS,
} from "../lib/engine/workloads.ts";
import { planFlops } from "../lib/plan/flops.ts";

const adapter = await gpuAdapterOf();

/** Workloads for adapters in software, which would take a minute for the others. */
const ON_SOFTWARE = ["B", "D"];

const makers: Record<string, () => Promise<Engine>> = {
  CPU: () => createCpuEngine(),
  ...(adapter && { GPU: () => createGpuEngine({ adapter }) }),
};

for (const workload of WORKLOADS) {
  const { name } = workload;
  const gigaflops = (planFlops(planOf(workload)) / 1e9).toFixed(1);
  for (const device of Object.keys(makers)) {
    if (device === "GPU" && isSoftware(adapter!) && !ON_SOFTWARE.includes(name)) continue;
    Deno.bench({
      name: `${name} ${device}: ${describeWorkload(workload)} (${gigaflops} GFLOP)`,
      group: name,
      baseline: device === "CPU",
      n: name === "A" ? 5 : 15,
      warmup: 2,
      fn: async (bench) => {
        const run = await runner(workload, device);
        bench.start();
        await run();
        bench.end();
      },
    });
  }
}

/** Engines are made once and kept, so that only runs are timed. */
const runners = new Map<string, Promise<() => Promise<unknown>>>();

function runner(workload: Workload, device: string): Promise<() => Promise<unknown>> {
  const key = `${workload.name} ${device}`;
  let made = runners.get(key);
  if (!made) runners.set(key, made = makeRunner(workload, device));
  return made;
}

async function makeRunner(workload: Workload, device: string): Promise<() => Promise<unknown>> {
  const engine = await makers[device]();
  const plan = planOf(workload);
  const batch = batchOf(workload);
  const state = freshState(workload);
  if (workload.kind === "forward") {
    const predictor = await engine.predictor(plan, state.weights);
    return () => predictor.run(batch.images, batch.n);
  }
  const plans = { train: [plan], evaluate: [] };
  const trainer = await engine.trainer(plans, state);
  return async () => {
    await trainer.step(batch, { learningRate: 1e-3 });
    // Reading the losses waits until a GPU has finished the step.
    await trainer.losses();
  };
}
