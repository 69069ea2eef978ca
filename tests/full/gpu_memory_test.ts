/**
 * Long trainings on the GPU keep no memory from step to step.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { createGpuEngine } from "../../lib/engine/gpu/engine.ts";
import { graphOf } from "../../lib/network/architectures.ts";
import { initialWeights } from "../../lib/network/weights.ts";
import { planTraining } from "../../lib/plan/planners.ts";
import { gpuAdapter } from "../support/engines.ts";

const NETWORK = { inChannels: 1, classes: 1, base: 2, bilinear: false };
const SHAPE = { n: 2, height: 32, width: 32, mean: 0.485, std: 0.229 };

const STEPS = 2000;
const SETTLED = 200;

/**
 * What the collector of the runtime may leave lying about, in bytes: 2000 steps of 16 KB each would
 * already show.
 */
const SLACK = 32 * 2 ** 20;

Deno.test({
  name: `resident memory is flat from step ${SETTLED} to step ${STEPS} of a training on the GPU`,
  ignore: gpuAdapter === undefined,
  fn: async () => {
    const engine = await createGpuEngine({ adapter: gpuAdapter! });
    const state = { weights: initialWeights(graphOf(NETWORK), 1), step: 0, batchesTracked: 0 };
    const plans = { train: [planTraining(graphOf(NETWORK), SHAPE)], evaluate: [] };
    const trainer = await engine.trainer(plans, state);
    const pixels = SHAPE.n * SHAPE.height * SHAPE.width;
    const batch = {
      ...SHAPE,
      images: Uint8Array.from({ length: pixels }, (_, i) => Math.imul(i, 2654435761) >>> 24),
      masks: Float32Array.from({ length: pixels }, (_, i) => i % 32 > 16 ? 1 : 0),
    };
    const used: number[] = [];
    for (let step = 1; step <= STEPS; step++) {
      await trainer.step(batch, { learningRate: 1e-3 });
      if (step % SETTLED === 0) {
        assertEquals((await trainer.losses()).length, SETTLED);
        used.push(Deno.memoryUsage().rss);
      }
    }
    engine.close();
    const words = used.map((bytes) => `${(bytes / 2 ** 20).toFixed(0)}`).join(", ");
    assert(Math.max(...used) - used[0] <= SLACK, `MiB every ${SETTLED} steps: ${words}`);
    console.log(`MiB every ${SETTLED} steps: ${words}`);
  },
});
