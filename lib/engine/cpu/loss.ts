/** Hosts kernels_as/loss.ts. @module */
import { LOSS_CHUNK, LOSS_PARTIAL_BYTES } from "../../../kernels_as/build/kernels.ts";
import { elementCount } from "../../core/tensor.ts";
import type { Loss } from "../../plan/steps.ts";
import type { Context } from "./context.ts";
import { type Job, job } from "./job.ts";

/** Bytes of the two doubles that the gradient needs of the totals. */
const COEFFICIENT_BYTES = 16;

export function loss(step: Loss, context: Context): Job[] {
  const count = elementCount(context.shape(step.logits));
  const chunks = Math.ceil(count / LOSS_CHUNK);
  const partials = context.workspace(chunks * LOSS_PARTIAL_BYTES);
  const coefficients = context.workspace(COEFFICIENT_BYTES);
  const logits = context.address(step.logits);
  const mask = context.address(step.mask);
  const result = context.address(step.result);
  // The gradient's place holds the probabilities in between.
  const gradient = step.gradient === undefined ? 0 : context.address(step.gradient);
  const jobs = [
    job("lossSums", chunks, { logits, mask, probability: gradient, partials, count }),
    job("lossTotals", 1, { partials, partialCount: chunks, result, coefficients, count }),
  ];
  if (step.gradient !== undefined) {
    jobs.push(job("lossGradient", chunks, { gradient, mask, coefficients, count }));
  }
  return jobs;
}
