/** Whole networks, all cores: `deno bench bench/network_bench.ts`. @module */
import { createCpuEngine } from "../lib/engine/cpu/engine.ts";
import { planFlops } from "../lib/engine/flops.ts";
import {
  batchOf,
  describeWorkload,
  freshState,
  planOf,
  type Workload,
  WORKLOADS,
} from "../lib/engine/workloads.ts";

for (const workload of WORKLOADS) {
  const { name } = workload;
  const gigaflops = (planFlops(planOf(workload)) / 1e9).toFixed(1);
  Deno.bench({
    name: `${name} CPU: ${describeWorkload(workload)} (${gigaflops} GFLOP)`,
    group: name,
    n: name === "A" ? 5 : 15,
    warmup: 2,
    fn: async (bench) => {
      const run = await runner(workload);
      bench.start();
      await run();
      bench.end();
    },
  });
}

/** Engines are made once and kept: only the work between start and end is timed. */
const runners = new Map<string, Promise<() => Promise<unknown>>>();

function runner(workload: Workload): Promise<() => Promise<unknown>> {
  let made = runners.get(workload.name);
  if (!made) runners.set(workload.name, made = makeRunner(workload));
  return made;
}

async function makeRunner(workload: Workload): Promise<() => Promise<unknown>> {
  const engine = await createCpuEngine();
  const plan = planOf(workload);
  const batch = batchOf(workload);
  const state = freshState(workload);
  if (workload.kind === "forward") {
    const predictor = await engine.predictor(plan, state.weights);
    return () => predictor.run(batch.images, batch.n);
  }
  const plans = { train: [plan], evaluate: [] };
  const trainer = await engine.trainer(plans, state);
  return () => trainer.step(batch, { learningRate: 1e-3 });
}
