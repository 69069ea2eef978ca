/** Hosts kernels_as/dropout.ts. @module */
import type { Dropout } from "../../plan/steps.ts";
import type { Context } from "./context.ts";
import { type Job, job } from "./job.ts";
import { blocksOf } from "./layout.ts";

export function dropout(step: Dropout, context: Context): Job[] {
  const [images, channels] = context.shape(step.source.tensor);
  return [job("dropout", images * blocksOf(channels), {
    sources: context.sources([step.source]),
    factors: context.address(step.factors),
    out: context.address(step.out),
  })];
}
