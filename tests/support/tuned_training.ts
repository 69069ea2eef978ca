/**
 * Training steps on the GPU whose kernels are tuned first.
 *
 * @module
 */
import { createGpuEngine } from "../../lib/engine/gpu/engine.ts";
import type { TuningStore } from "../../lib/engine/gpu/tuning.ts";
import { graphOf } from "../../lib/network/architectures.ts";
import { initialWeights } from "../../lib/network/weights.ts";
import { planTraining } from "../../lib/plan/planners.ts";
import { gpuAdapter as adapter } from "./engines.ts";

/** The network that is trained. */
export const NETWORK = { inChannels: 1, classes: 1, base: 8, bilinear: false };
/** The shape of its batches. */
export const SHAPE = { n: 1, height: 32, width: 32, mean: 0.485, std: 0.229 };

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
  const state = { weights: initialWeights(graphOf(NETWORK), 1), step: 0, batchesTracked: 0 };
  const trainer = await engine.trainer(
    { train: [planTraining(graphOf(NETWORK), SHAPE)], evaluate: [] },
    state,
  );
  const pixels = SHAPE.height * SHAPE.width;
  const batch = {
    ...SHAPE,
    images: Uint8Array.from({ length: pixels }, (_, i) => Math.imul(i, 2654435761) >>> 24),
    masks: Float32Array.from({ length: pixels }, (_, i) => i % 32 > 16 ? 1 : 0),
  };
  for (let step = 0; step < 2; step++) await trainer.step(batch, { learningRate: 1e-3 });
  const { weights } = await trainer.state();
  engine.close();
  return { weights, starts };
}
