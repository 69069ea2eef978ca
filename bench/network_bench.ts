/** Whole networks, all cores: `deno bench bench/network_bench.ts`. @module */
import { createCpuEngine } from "../lib/engine/cpu/engine.ts";
import { planFlops } from "../lib/engine/flops.ts";
import { planPrediction, planTraining } from "../lib/engine/plan.ts";
import { batchOf, freshState, networkOf, shapeOf, type Workload, WORKLOADS } from "./workloads.ts";

for (const workload of WORKLOADS) {
  const { name, kind, base, size, n } = workload;
  const plan = (kind === "forward" ? planPrediction : planTraining)(
    networkOf(workload),
    shapeOf(workload),
  );
  const gigaflops = (planFlops(plan) / 1e9).toFixed(1);
  Deno.bench({
    name: `${name} CPU: ${kind}, base ${base}, ${size}x${size}, batch ${n} (${gigaflops} GFLOP)`,
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
  const [network, shape] = [networkOf(workload), shapeOf(workload)];
  const batch = batchOf(workload);
  const state = freshState(workload);
  if (workload.kind === "forward") {
    const predictor = await engine.predictor(planPrediction(network, shape), state.weights);
    return () => predictor.run(batch.images, batch.n);
  }
  const plans = { train: [planTraining(network, shape)], evaluate: [] };
  const trainer = await engine.trainer(plans, state);
  return () => trainer.step(batch, { learningRate: 1e-3 });
}
