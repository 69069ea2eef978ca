/**
 * A training on the GPU, whole and cut into small pieces.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { Batch } from "../../lib/core/batch.ts";
import type { Engine, TrainingState } from "../../lib/engine/engine.ts";
import { createGpuEngine } from "../../lib/engine/gpu/engine.ts";
import type { GpuLimits } from "../../lib/engine/gpu/limits.ts";
import { graphOf } from "../../lib/network/architectures.ts";
import type { Network } from "../../lib/network/network.ts";
import { initialWeights } from "../../lib/network/weights.ts";
import { planEvaluation, planTraining } from "../../lib/plan/planners.ts";
import { gpuAdapter } from "./engines.ts";
import { assertSameState } from "./states.ts";

/** A tiny network. */
export const NETWORK: Network = { inChannels: 1, classes: 1, base: 2, bilinear: false };
/** Its batches. */
export const SHAPE = { n: 2, height: 96, width: 80, mean: 0.485, std: 0.229 };
/** Before its first step. */
export const FRESH: TrainingState = {
  weights: initialWeights(graphOf(NETWORK), 3),
  step: 0,
  batchesTracked: 0,
};

/** What a tiny network needs many windows, buffers and dispatches for. */
export const TIGHT: Partial<GpuLimits> = {
  bindingBytes: 64 * 1024,
  bufferBytes: 256 * 1024,
  workgroups: 7,
  dispatchFlops: 5e5,
};

/** The batch of a number. */
export function batchOf(seed: number): Batch {
  const { n, height, width } = SHAPE;
  const pixels = n * height * width;
  return {
    n,
    height,
    width,
    images: Uint8Array.from({ length: pixels }, (_, i) => Math.imul(i + seed, 2654435761) >>> 24),
    masks: Float32Array.from({ length: pixels }, (_, i) => i % width > 15 + seed ? 1 : 0),
  };
}

async function train(engine: Engine, network: Network = NETWORK) {
  const plans = {
    train: [planTraining(graphOf(network), SHAPE)],
    evaluate: [planEvaluation(graphOf(network), SHAPE)],
  };
  const trainer = await engine.trainer(plans, {
    ...FRESH,
    weights: initialWeights(graphOf(network), 3),
  });
  for (const seed of [0, 1, 2]) await trainer.step(batchOf(seed), { learningRate: 1e-3 });
  const losses = await trainer.losses();
  const evaluation = await trainer.evaluate(batchOf(3));
  const state = await trainer.state();
  trainer.close();
  return { losses, evaluation, state };
}

/** Declares a test that neither another training nor tight limits change a bit. */
export function testTightLimits(network: Network): void {
  Deno.test({
    name: `GPU training (${
      graphOf(network).details
    }) gives equal bits twice and under tight limits`,
    ignore: gpuAdapter === undefined,
    fn: async () => {
      const engine = await createGpuEngine({ adapter: gpuAdapter! });
      const first = await train(engine, network);
      const second = await train(engine, network);
      engine.close();
      assertSameState(first.state, second.state);
      assertEquals(first.losses, second.losses);
      const tight = await createGpuEngine({ adapter: gpuAdapter!, limits: TIGHT });
      const cut = await train(tight, network);
      tight.close();
      assertSameState(first.state, cut.state);
      assertEquals(first.losses, cut.losses);
      assertEquals(first.evaluation, cut.evaluation);
    },
  });
}
