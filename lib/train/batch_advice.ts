/**
 * The largest batch that fits into memory, in words.
 *
 * @module
 */
import type { Engine, TrainingPlans } from "../engine/engine.ts";
import { planEvaluation, planTraining } from "../plan/planners.ts";
import { networkOfConfig, type TrainingConfig } from "./config.ts";
import { memoryOf } from "./cost.ts";
import { graphOf } from "../network/architectures.ts";

/**
 * Names the largest batch that fits, or says that none does.
 *
 * @param largest The most images of any part: a larger batch is never full.
 * @param fits Whether so many bytes fit.
 */
export async function batchAdvice(
  engine: Engine,
  config: TrainingConfig,
  largest: number,
  fits: (bytes: number) => boolean | Promise<boolean>,
): Promise<string> {
  // Memory grows with the batch: the largest lies between one that fits and one that does not.
  let good = 0;
  let bad = Math.min(config.batch, largest);
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    if (await fits(memoryOf(engine, planFull({ ...config, batch: middle })))) good = middle;
    else bad = middle;
  }
  return good > 0
    ? `the largest batch that fits is ${good}: --batch ${good}`
    : "not even a batch of 1 fits: use a smaller --size or --base";
}

/** The plans of full batches alone. */
function planFull(config: TrainingConfig): TrainingPlans {
  const { batch: n, width, height, mean, std } = config;
  const network = networkOfConfig(config);
  const shape = { n, width, height, mean, std };
  return {
    train: [planTraining(graphOf(network), shape)],
    evaluate: [planEvaluation(graphOf(network), shape)],
  };
}
