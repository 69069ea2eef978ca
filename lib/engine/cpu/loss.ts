/** Hosts kernels_as/loss.ts. @module */
import { elementCount } from "../../core/tensor.ts";
import { LOSS_TERMS, type LossTerm, parametersOfTerm } from "../../plan/losses.ts";
import type { Loss, Overlap } from "../../plan/steps.ts";
import { type Context, floatBits } from "./context.ts";
import type { Job } from "./machine.ts";

/** LOSS_CHUNK of the kernel. */
const CHUNK = 8192;

/** Floats of a term's record: kind, weight, two parameters. */
const TERM_WORDS = 4;

export function loss(step: Loss, context: Context): Job[] {
  const count = elementCount(context.shape(step.logits));
  const pieces = Math.ceil(count / CHUNK);
  // Four sums and one for each term, doubles.
  const bytes = (4 + step.terms.length) * 8;
  const parts = context.workspace(pieces * bytes);
  const totals = context.workspace(bytes);
  context.scratch(CHUNK * 4);
  const terms = [context.table(step.terms.flatMap(recordOf)), step.terms.length];
  const mask = context.address(step.mask);
  const gradient = step.gradient === undefined ? 0 : context.address(step.gradient);
  const jobs: Job[] = [
    {
      kernel: "lossSums",
      pieces,
      args: [context.address(step.logits), mask, gradient, parts, count, ...terms],
    },
    {
      kernel: "lossTotals",
      pieces: 1,
      args: [parts, pieces, context.address(step.result), totals, count, ...terms],
    },
  ];
  if (step.gradient !== undefined) {
    jobs.push({ kernel: "lossGradient", pieces, args: [gradient, mask, totals, count, ...terms] });
  }
  return jobs;
}

/** `Term` of the kernel. */
function recordOf(term: LossTerm): number[] {
  const floats = [term.weight, ...Object.values(parametersOfTerm(term))].map(floatBits);
  const record = [Object.keys(LOSS_TERMS).indexOf(term.kind), ...floats];
  if (record.length > TERM_WORDS) throw new Error(`${term.kind} has too many parameters`);
  return [...record, ...new Array<number>(TERM_WORDS - record.length).fill(0)];
}

export function overlap(step: Overlap, context: Context): Job[] {
  const [images, ...rest] = context.shape(step.logits);
  const args = [step.logits, step.mask, step.result].map((name) => context.address(name));
  return [{ kernel: "overlap", pieces: images, args: [...args, elementCount(rest)] }];
}
