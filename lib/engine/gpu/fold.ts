/** Hosts kernels_wgsl/fold.wgsl. @module */
import { BATCH_NORM_EPSILON, type Fold } from "../../plan/steps.ts";
import type { Context, Dispatch } from "./context.ts";
import { dispatch } from "./dispatch.ts";
import { blocksOf, VECTOR_BYTES } from "./layout.ts";

export function fold(step: Fold, context: Context): Dispatch[] {
  const weight = context.place(step.weight);
  const outBlocks = blocksOf(context.shape(step.weight)[0]);
  const vectors = weight.bytes / VECTOR_BYTES;
  return [dispatch("fold", {
    entry: "fold",
    constants: { EPSILON: { float: BATCH_NORM_EPSILON } },
    bindings: {
      weight,
      gamma: context.place(step.gamma),
      beta: context.place(step.beta),
      runningMean: context.place(step.runningMean),
      runningVar: context.place(step.runningVar),
      outWeight: context.place(step.outWeight),
      outBias: context.place(step.outBias),
    },
    slab: { outBlocks, vectors },
    invocations: vectors,
    cost: vectors * 8,
  })];
}
