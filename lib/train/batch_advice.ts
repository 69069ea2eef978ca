/**
 * Finds the largest batch that fits into memory, for the error of a run that does not fit.
 *
 * @module
 */
import { type Sentence, sentence, setting } from "../core/sentence.ts";
import type { Engine, TrainingPlans } from "../engine/engine.ts";
import { graphOf } from "../network/architectures.ts";
import { planEvaluation, planTraining } from "../plan/planners.ts";
import { trainingOptionsOf } from "./recipe_fields.ts";
import { networkOfConfig, type TrainingConfig } from "./config.ts";
import { memoryOf } from "./cost.ts";
import { deviceAugmentation } from "./device_augmentation.ts";

/** Advice on how to need less memory. */
export interface Advice {
  readonly sentence: Sentence;
  /** Whether a smaller batch fits. */
  readonly fits: boolean;
}

/**
 * Finds the largest batch that fits by bisection.
 *
 * @param largest The number of images of the largest part: a larger batch is never full.
 * @param fits Whether that many bytes fit.
 */
export async function batchAdvice(
  engine: Engine,
  config: TrainingConfig,
  largest: number,
  fits: (bytes: number) => boolean | Promise<boolean>,
): Promise<Advice> {
  // Memory grows with the batch, so bisection finds the largest.
  let good = 0;
  let bad = Math.min(config.batch, largest);
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    if (await fits(memoryOf(engine, planFull(engine, { ...config, batch: middle })))) good = middle;
    else bad = middle;
  }
  if (good > 0) {
    const found = sentence`the largest batch that fits is ${good}: ${setting("batch", good)}`;
    return { sentence: found, fits: true };
  }
  const smaller = sentence`a smaller ${setting("size")} or ${setting("baseChannels")}`;
  return { sentence: sentence`not even a batch of 1 fits: use ${smaller}`, fits: false };
}

/** The plans of full batches; smaller last batches need less memory. */
function planFull(engine: Engine, config: TrainingConfig): TrainingPlans {
  const { batch: n, width, height, mean, std } = config;
  const network = networkOfConfig(config);
  const shape = { n, width, height, mean, std };
  const options = trainingOptionsOf(config);
  const changes = deviceAugmentation(engine, config);
  return {
    train: [planTraining(graphOf(network), { ...shape, changes }, options)],
    evaluate: [planEvaluation(graphOf(network), shape, options)],
  };
}
