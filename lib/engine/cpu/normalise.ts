/** Hosts kernels_as/normalise.ts. @module */
import { elementCount } from "../../core/tensor.ts";
import type { Normalise } from "../../plan/steps.ts";
import type { Context } from "./context.ts";
import type { Job } from "./machine.ts";

/** NORMALISE_CHUNK of the kernel. */
const CHUNK = 65536;

export function normalise(step: Normalise, context: Context): Job[] {
  const count = elementCount(context.shape(step.image));
  return [{
    kernel: "normalise",
    pieces: Math.ceil(count / CHUNK),
    args: [context.address(step.image), context.address(step.out), step.mean, step.std, count],
  }];
}
