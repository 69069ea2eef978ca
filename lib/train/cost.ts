/**
 * The cost of a training run, known before it begins: plans, floating-point operations, memory.
 *
 * @module
 */
import type { Engine, TrainingPlans } from "../engine/engine.ts";
import { graphOf } from "../network/architectures.ts";
import { planFlops } from "../plan/flops.ts";
import { type BatchShape, checkBatchShape, type Plan } from "../plan/plan.ts";
import { planEvaluation, planTraining } from "../plan/planners.ts";
import { trainingOptionsOf } from "./recipe_fields.ts";
import { batchSizes, networkOfConfig, type TrainingConfig } from "./config.ts";

/** The plans of a run and their cost. */
export interface RunCost {
  readonly plans: TrainingPlans;
  /**
   * Floating-point operations of all training steps and of one evaluation of the validation images.
   */
  readonly flopsPerEpoch: number;
}

/** The numbers of training, validation and test images. */
export type ImageCounts = readonly [train: number, validation: number, test: number];

/**
 * Plans a run. The test images are evaluated once, after the last epoch.
 *
 * @param changes What the engine changes in the training images.
 * @throws InputError for a batch on which training is undefined, such as one with a single value
 *   per channel for batch norm.
 */
export function planRun(
  config: TrainingConfig,
  trainImages: number,
  valImages: number,
  testImages = 0,
  changes?: BatchShape["changes"],
): RunCost {
  const graph = graphOf(networkOfConfig(config));
  const { width, height, mean, std, batch } = config;
  const shape = (n: number) => ({ n, width, height, mean, std });
  const options = trainingOptionsOf(config);
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
    return planTraining(graph, { ...shape(n), changes }, options);
  });
  const evaluate = plansFor(valImages, (n) => planEvaluation(graph, shape(n), options));
  // The test vector of the model card is one image.
  for (const n of new Set([...batchSizes(testImages, batch), 1])) {
    if (batchSizes(valImages, batch).includes(n)) continue;
    evaluate.push(planEvaluation(graph, shape(n), options));
  }
  return { plans: { train, evaluate }, flopsPerEpoch };
}

/** The memory that a run's plans need together, in bytes. */
export function memoryOf(engine: Engine, { train, evaluate }: TrainingPlans): number {
  return engine.memoryNeeded([...train, ...evaluate]);
}
