/**
 * What a training run costs, before it begins: its plans, their floating-point operations and
 * memory.
 *
 * @module
 */
import type { Engine, TrainingPlans } from "../engine/engine.ts";
import { graphOf } from "../network/architectures.ts";
import { planFlops } from "../plan/flops.ts";
import { checkBatchShape, type Plan } from "../plan/plan.ts";
import { planEvaluation, planTraining } from "../plan/planners.ts";
import { batchSizes, networkOfConfig, type TrainingConfig } from "./config.ts";

/** The plans of a run and their cost. */
export interface RunCost {
  readonly plans: TrainingPlans;
  /** Of one epoch: all training steps and one evaluation of the validation images. */
  readonly flopsPerEpoch: number;
}

/** The number of images that are trained on, that select the best epoch, and that are held out. */
export type ImageCounts = readonly [train: number, validation: number, heldOut: number];

/**
 * Plans a run; `heldOutImages` are measured once, after the last epoch.
 *
 * @throws InputError for a batch on which training is not defined, such as one that brings a single
 *   value per channel to batch norm.
 */
export function planRun(
  config: TrainingConfig,
  trainImages: number,
  valImages: number,
  heldOutImages = 0,
): RunCost {
  const graph = graphOf(networkOfConfig(config));
  const { width, height, mean, std, batch } = config;
  const shape = (n: number) => ({ n, width, height, mean, std });
  let flopsPerEpoch = 0;
  const plansFor = (images: number, make: (n: number) => Plan): Plan[] =>
    batchSizes(images, batch).map((n) => {
      const plan = make(n);
      const batches = n === batch ? Math.floor(images / batch) : 1;
      flopsPerEpoch += planFlops(plan) * batches;
      return plan;
    });
  const train = plansFor(trainImages, (n) => {
    checkBatchShape(graph, shape(n), true);
    return planTraining(graph, shape(n));
  });
  const evaluate = plansFor(valImages, (n) => planEvaluation(graph, shape(n)));
  // One image is for the test vector of the model card.
  for (const n of new Set([...batchSizes(heldOutImages, batch), 1])) {
    if (batchSizes(valImages, batch).includes(n)) continue;
    evaluate.push(planEvaluation(graph, shape(n)));
  }
  return { plans: { train, evaluate }, flopsPerEpoch };
}

/** The memory that a run's plans need together, in bytes. */
export function memoryOf(engine: Engine, { train, evaluate }: TrainingPlans): number {
  return engine.memoryNeeded([...train, ...evaluate]);
}
