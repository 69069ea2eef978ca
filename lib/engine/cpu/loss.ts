/** Hosts kernels_as/loss.ts. @module */
import { LOSS_CHUNK, LOSS_SUMS_BYTES } from "../../../kernels_as/build/kernels.ts";
import { elementCount } from "../../core/tensor.ts";
import { floatBits, recordWords } from "../../core/wasm.ts";
import {
  formulaOfTerm,
  isPerImage,
  LOSS_FORMULAS,
  type LossTerm,
  parametersOfTerm,
} from "../../plan/losses.ts";
import type { Loss } from "../../plan/steps.ts";
import type { Context } from "./context.ts";
import { type Job, job } from "./job.ts";

/** What the engine says of steps that only mixed precision has. */
export const NO_SCALING = "the CPU engine scales no loss: it stores no 16-bit floats";

export function loss(step: Loss, context: Context): Job[] {
  if (step.scaling !== undefined) throw new Error(NO_SCALING);
  const pixels = elementCount(context.shape(step.logits));
  const regions = step.terms.some(isPerImage) ? context.shape(step.logits)[0] : 1;
  const regionPixels = pixels / regions;
  const chunks = regions * Math.ceil(regionPixels / LOSS_CHUNK);
  // A record of sums, and one double for each term.
  const bytes = LOSS_SUMS_BYTES + step.terms.length * 8;
  const partials = context.workspace(chunks * bytes);
  const totals = context.workspace((1 + regions) * bytes);
  context.scratch(LOSS_CHUNK * 4);
  const mask = context.address(step.mask);
  const boundary = context.addressIf(step.boundary);
  const given = {
    regionPixels,
    terms: context.table(step.terms.flatMap(recordOf)),
    termCount: step.terms.length,
  };
  const logits = context.address(step.logits);
  const result = context.address(step.result);
  // The gradient's memory first holds the probabilities.
  const gradient = context.addressIf(step.gradient);
  const share = step.share ?? 1;
  const adds = step.adds ? 1 : 0;
  const jobs = [
    job("lossSums", chunks, { logits, mask, boundary, probability: gradient, partials, ...given }),
    job("lossTotals", 1, {
      partials,
      partialCount: chunks,
      result,
      totals,
      regions,
      share,
      adds,
      ...given,
    }),
  ];
  if (step.gradient !== undefined) {
    jobs.push(
      job("lossGradient", chunks, { gradient, mask, boundary, totals, regions, share, ...given }),
    );
  }
  return jobs;
}

/** The record of a term that the kernel reads. */
function recordOf(term: LossTerm): number[] {
  const [first = 0, second = 0, third = 0, ...more] = Object.values(parametersOfTerm(term));
  if (more.length > 0) throw new Error(`${term.kind} has too many parameters`);
  return recordWords("LossTerm", {
    formula: LOSS_FORMULAS.indexOf(formulaOfTerm(term)),
    perImage: Number(isPerImage(term)),
    weight: floatBits(term.weight),
    first: floatBits(first),
    second: floatBits(second),
    third: floatBits(third),
  });
}
