/** Hosts kernels_as/normalise.ts. @module */
import { NORMALISE_CHUNK } from "../../../kernels_as/build/kernels.ts";
import { elementCount } from "../../core/tensor.ts";
import type { Normalise } from "../../plan/steps.ts";
import type { Context } from "./context.ts";
import { type Job, job } from "./job.ts";

export function normalise(step: Normalise, context: Context): Job[] {
  const count = elementCount(context.shape(step.image));
  return [job("normalise", Math.ceil(count / NORMALISE_CHUNK), {
    image: context.address(step.image),
    out: context.address(step.out),
    mean: step.mean,
    std: step.std,
    count,
  })];
}
