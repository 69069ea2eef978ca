/** Hosts kernels_as/loss.ts. @module */
import { elementCount } from "../../core/tensor.ts";
import type { Loss, Overlap } from "../../plan/steps.ts";
import type { Context } from "./context.ts";
import type { Job } from "./machine.ts";

/** LOSS_CHUNK of the kernel. */
const CHUNK = 8192;

/** Bytes of a piece's sums: four doubles. */
const PART_BYTES = 32;

export function loss(step: Loss, context: Context): Job[] {
  const count = elementCount(context.shape(step.logits));
  const pieces = Math.ceil(count / CHUNK);
  const parts = context.workspace(pieces * PART_BYTES);
  const coefficients = context.workspace(16);
  const mask = context.address(step.mask);
  const gradient = step.gradient === undefined ? 0 : context.address(step.gradient);
  const jobs: Job[] = [
    {
      kernel: "lossSums",
      pieces,
      args: [context.address(step.logits), mask, gradient, parts, count],
    },
    {
      kernel: "lossTotals",
      pieces: 1,
      args: [parts, pieces, context.address(step.result), coefficients, count],
    },
  ];
  if (step.gradient !== undefined) {
    jobs.push({ kernel: "lossGradient", pieces, args: [gradient, mask, coefficients, count] });
  }
  return jobs;
}

export function overlap(step: Overlap, context: Context): Job[] {
  const [images, ...rest] = context.shape(step.logits);
  const args = [step.logits, step.mask, step.result].map((name) => context.address(name));
  return [{ kernel: "overlap", pieces: images, args: [...args, elementCount(rest)] }];
}
