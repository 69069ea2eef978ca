/**
 * Training steps on the GPU whose kernels are tuned first.
 *
 * @module
 */
import { createGpuEngine } from "../../lib/engine/gpu/engine.ts";
import type { TuningStore } from "../../lib/engine/gpu/tuning.ts";
import { batchOf, freshState, planOf, type Workload } from "../../lib/engine/workloads.ts";
import { gpuAdapter as adapter } from "./engines.ts";

const WORKLOAD: Workload = { name: "tuned", kind: "training step", base: 8, size: 32, n: 1 };

/** The plan that is trained. */
export const PLAN = planOf(WORKLOAD);

/** Keeps a tuning in memory. */
export class MemoryStore implements TuningStore {
  value: unknown;
  writes = 0;
  read = () => Promise.resolve(this.value);
  write(value: unknown): Promise<void> {
    this.value = value;
    this.writes++;
    return Promise.resolve();
  }
}

/** Two training steps; how often measuring began, and the state. */
export async function train(store?: TuningStore, budgetMs = 20_000, inSoftware = true) {
  let starts = 0;
  const onStart = () => starts++;
  const tuning = store && { store, budgetMs, inSoftware, onStart };
  const engine = await createGpuEngine({ adapter: adapter!, tuning });
  const trainer = await engine.trainer({ train: [PLAN], evaluate: [] }, freshState(WORKLOAD));
  const batch = batchOf(WORKLOAD);
  for (let step = 0; step < 2; step++) await trainer.step(batch, { learningRate: 1e-3 });
  const { weights } = await trainer.state();
  engine.close();
  return { weights, starts };
}
