/** Hosts kernels_as/fold.ts. @module */
import { BATCH_NORM_EPSILON, type Fold } from "../../plan/steps.ts";
import type { Context } from "./context.ts";
import { type Job, job } from "./job.ts";
import { blocksOf, sourceBlocks, splitOf, tapsOf } from "./layout.ts";

export function fold(step: Fold, context: Context): Job[] {
  const weight = context.spec(step.weight);
  return [job("fold", blocksOf(weight.shape[0]), {
    weight: context.address(step.weight),
    gamma: context.address(step.gamma),
    beta: context.address(step.beta),
    runningMean: context.address(step.runningMean),
    runningVar: context.address(step.runningVar),
    outWeight: context.address(step.outWeight),
    outBias: context.address(step.outBias),
    matrices: sourceBlocks(splitOf(weight)) * tapsOf(weight),
    epsilon: BATCH_NORM_EPSILON,
  })];
}
