/**
 * What a training run costs, before it begins: its plans, their floating-point operations and memory.
 *
 * @module
 */
import { bytes } from "../engine/bytes.ts";
import type { Engine, TrainingPlans } from "../engine/engine.ts";
import { planFlops } from "../engine/flops.ts";
import { checkBatchShape, type Plan, planEvaluation, planTraining } from "../engine/plan.ts";
import { InputError } from "../errors.ts";
import { batchSizes, networkOfConfig, type TrainingConfig } from "./config.ts";

/** The plans of a run and their cost. */
export interface RunCost {
  readonly plans: TrainingPlans;
  /** Of one epoch: all training steps and one evaluation of the test images. */
  readonly flopsPerEpoch: number;
}

/**
 * Plans a run; `heldOutImages` are measured once, after the last epoch. Throws {@linkcode InputError} for a batch on which training is not defined, such as one
 * that brings a single value per channel to batch norm.
 */
export function planRun(
  config: TrainingConfig,
  trainImages: number,
  testImages: number,
  heldOutImages = 0,
): RunCost {
  const network = networkOfConfig(config);
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
    checkBatchShape(shape(n), true);
    return planTraining(network, shape(n));
  });
  const evaluate = plansFor(testImages, (n) => planEvaluation(network, shape(n)));
  for (const n of batchSizes(heldOutImages, batch)) {
    if (batchSizes(testImages, batch).includes(n)) continue;
    evaluate.push(planEvaluation(network, shape(n)));
  }
  return { plans: { train, evaluate }, flopsPerEpoch };
}

/** The memory that a run's plans need together, in bytes. */
export function memoryOf(engine: Engine, { train, evaluate }: TrainingPlans): number {
  return engine.memoryNeeded([...train, ...evaluate]);
}

/** What the user bounds an engine's memory with. */
const LIMIT_OPTION = { cpu: "--memory-limit", gpu: "--gpu-memory" } as const;

/**
 * Throws {@linkcode InputError} with the figures, and the largest batch that fits, when a run needs
 * more memory than the engine may use.
 */
export function checkMemory(
  engine: Engine,
  config: TrainingConfig,
  trainImages: number,
  testImages: number,
  heldOutImages = 0,
): void {
  const { plans } = planRun(config, trainImages, testImages, heldOutImages);
  const needed = memoryOf(engine, plans);
  if (needed <= engine.memoryLimit) return;
  const fits = (batch: number) =>
    memoryOf(engine, planFull({ ...config, batch })) <= engine.memoryLimit;
  // Memory grows with the batch: look for the largest that fits between one that does and one that does not.
  let good = 0;
  let bad = Math.min(config.batch, Math.max(trainImages, testImages, heldOutImages));
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    if (fits(middle)) good = middle;
    else bad = middle;
  }
  const advice = good > 0
    ? `the largest batch that fits is ${good}: --batch ${good}`
    : `not even a batch of 1 fits: use a smaller --size or --base, or a larger ${
      LIMIT_OPTION[engine.name]
    }`;
  throw new InputError(
    `training needs ${bytes(needed)} of memory, and ${
      bytes(engine.memoryLimit)
    } may be used; ${advice}`,
  );
}

/** The plans of full batches alone. */
function planFull(config: TrainingConfig): TrainingPlans {
  const { batch: n, width, height, mean, std } = config;
  const network = networkOfConfig(config);
  const shape = { n, width, height, mean, std };
  return { train: [planTraining(network, shape)], evaluate: [planEvaluation(network, shape)] };
}
