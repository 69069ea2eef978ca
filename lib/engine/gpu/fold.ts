/** Hosts kernels_wgsl/fold.wgsl. @module */
import { BATCH_NORM_EPSILON, type Fold } from "../../plan/steps.ts";
import type { Context, Dispatch } from "./context.ts";
import { dispatch } from "./dispatch.ts";
import { blocksOf, sourceBlocks, splitOf, tapsOf } from "./layout.ts";

export function fold(step: Fold, context: Context): Dispatch[] {
  const weight = context.spec(step.weight);
  const outBlocks = blocksOf(weight.shape[0]);
  const matricesPerBlock = sourceBlocks(splitOf(weight)) * tapsOf(weight);
  const matrices = outBlocks * matricesPerBlock;
  return [dispatch("fold", {
    entry: "fold",
    constants: { EPSILON: { float: BATCH_NORM_EPSILON } },
    bindings: {
      weight: context.place(step.weight),
      gamma: context.place(step.gamma),
      beta: context.place(step.beta),
      runningMean: context.place(step.runningMean),
      runningVar: context.place(step.runningVar),
      outWeight: context.place(step.outWeight),
      outBias: context.place(step.outBias),
    },
    slab: { outBlocks, matricesPerBlock },
    invocations: matrices,
    cost: matrices * 32,
  })];
}
