/**
 * What a training run costs, before it begins: its plans, their floating-point operations and memory.
 *
 * @module
 */
import { bytes } from "../core/bytes.ts";
import type { Engine, Trainer, TrainingPlans, TrainingState } from "../engine/engine.ts";
import { planFlops } from "../plan/flops.ts";
import { checkBatchShape, type Plan } from "../plan/plan.ts";
import { planEvaluation, planTraining } from "../plan/planners.ts";
import { InputError, OutOfMemoryError } from "../core/errors.ts";
import { type Sentence, sentence, setting } from "../core/sentence.ts";
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
  // One image is for the test vector of the model card.
  for (const n of new Set([...batchSizes(heldOutImages, batch), 1])) {
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
const LIMIT = { cpu: "memoryLimit", gpu: "gpuMemory" } as const;

/**
 * Throws {@linkcode InputError} with the figures, and the largest batch that fits, when a run needs
 * more memory than the engine may use.
 */
export async function checkMemory(
  engine: Engine,
  config: TrainingConfig,
  ...images: ImageCounts
): Promise<void> {
  const needed = memoryOf(engine, planRun(config, ...images).plans);
  if (needed <= engine.memoryLimit) return;
  const advice = await batchAdvice(engine, config, images, (bytes) => bytes <= engine.memoryLimit);
  const larger = sentence`, or a larger ${setting(LIMIT[engine.name])}`;
  throw new InputError(
    sentence`training needs ${bytes(needed)} of memory, and ${bytes(engine.memoryLimit)} may be
      used; ${advice.sentence}${advice.fits ? "" : larger}`,
  );
}

/**
 * Makes the trainer of a run. A GPU that turns out to have less memory than the run needs is probed: the
 * `OutOfMemoryError` names the largest batch that fits now.
 */
export async function openTrainer(
  engine: Engine,
  plans: TrainingPlans,
  state: TrainingState,
  config: TrainingConfig,
  ...images: ImageCounts
): Promise<Trainer> {
  try {
    return await engine.trainer(plans, state);
  } catch (error) {
    if (!(error instanceof OutOfMemoryError)) throw error;
    const advice = await batchAdvice(engine, config, images, (bytes) => engine.canHold(bytes));
    throw new OutOfMemoryError(
      sentence`${error.sentence}; ${advice.sentence}, or compute with ${setting("device", "cpu")}`,
      { cause: error },
    );
  }
}

type ImageCounts = readonly [train: number, test: number, heldOut?: number];

/** How to need less memory. */
interface Advice {
  readonly sentence: Sentence;
  /** Whether a smaller batch fits. */
  readonly fits: boolean;
}

/** Names the largest batch that fits, or says that none does. */
async function batchAdvice(
  engine: Engine,
  config: TrainingConfig,
  images: ImageCounts,
  fits: (bytes: number) => boolean | Promise<boolean>,
): Promise<Advice> {
  // Memory grows with the batch: look for the largest that fits between one that does and one that does not.
  let good = 0;
  let bad = Math.min(config.batch, Math.max(...images.map((count) => count ?? 0)));
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    if (await fits(memoryOf(engine, planFull({ ...config, batch: middle })))) good = middle;
    else bad = middle;
  }
  if (good > 0) {
    const found = sentence`the largest batch that fits is ${good}: ${setting("batch", good)}`;
    return { sentence: found, fits: true };
  }
  const smaller = sentence`a smaller ${setting("size")} or ${setting("baseChannels")}`;
  return { sentence: sentence`not even a batch of 1 fits: use ${smaller}`, fits: false };
}

/** The plans of full batches alone. */
function planFull(config: TrainingConfig): TrainingPlans {
  const { batch: n, width, height, mean, std } = config;
  const network = networkOfConfig(config);
  const shape = { n, width, height, mean, std };
  return { train: [planTraining(network, shape)], evaluate: [planEvaluation(network, shape)] };
}
