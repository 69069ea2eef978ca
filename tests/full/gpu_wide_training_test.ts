/**
 * A network wide enough for every kernel with workgroup memory has the losses of the plain kernels.
 *
 * @module
 */
import { createGpuEngine } from "../../lib/engine/gpu/engine.ts";
import { batchOf, shapeOf, type Workload } from "../../lib/engine/workloads.ts";
import { graphOf } from "../../lib/network/architectures.ts";
import type { Network } from "../../lib/network/network.ts";
import { initialWeights } from "../../lib/network/weights.ts";
import { planTraining } from "../../lib/plan/planners.ts";
import { assertCloseValues } from "../support/compare.ts";
import { gpuAdapter as adapter } from "../support/engines.ts";

const NETWORK: Network = { inChannels: 1, classes: 1, base: 32, bilinear: false, levels: 3 };
const WORKLOAD: Workload = { name: "wide", kind: "training step", base: 32, size: 32, n: 1 };
const BATCH = batchOf(WORKLOAD);

async function losses(tiled: boolean): Promise<number[]> {
  const engine = await createGpuEngine({ adapter: adapter!, limits: { tiled } });
  const plan = planTraining(graphOf(NETWORK), shapeOf(WORKLOAD));
  const state = { weights: initialWeights(graphOf(NETWORK), 3), step: 0, batchesTracked: 0 };
  const trainer = await engine.trainer({ train: [plan], evaluate: [] }, state);
  for (let step = 0; step < 3; step++) await trainer.step(BATCH, { learningRate: 1e-3 });
  const losses = (await trainer.losses()).map(({ loss }) => loss);
  engine.close();
  return losses;
}

Deno.test({
  name: "GPU training through workgroup memory has the losses of the plain kernels",
  ignore: adapter === undefined,
  fn: async () => {
    assertCloseValues("losses", await losses(true), await losses(false), 1e-4);
  },
});
