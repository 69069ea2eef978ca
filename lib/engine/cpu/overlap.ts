/** Hosts kernels_as/overlap.ts. @module */
import { elementCount } from "../../core/tensor.ts";
import type { Overlap } from "../../plan/steps.ts";
import type { Context } from "./context.ts";
import { type Job, job } from "./job.ts";

export function overlap(step: Overlap, context: Context): Job[] {
  const [images, ...rest] = context.shape(step.logits);
  return [job("overlap", images, {
    logits: context.address(step.logits),
    mask: context.address(step.mask),
    result: context.address(step.result),
    pixels: elementCount(rest),
  })];
}
