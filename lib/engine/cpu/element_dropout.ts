/** Hosts kernels_as/element_dropout.ts. @module */
import type { ElementDropout } from "../../plan/steps.ts";
import { leastWord } from "../../plan/steps/forward_steps.ts";
import type { Context } from "./context.ts";
import { type Job, job } from "./job.ts";
import { blocksOf } from "./layout.ts";

/** Two blocks of four random words. */
const RANDOM_BYTES = 32;

export function elementDropout(step: ElementDropout, context: Context): Job[] {
  const [images, channels] = context.shape(step.source.tensor);
  context.scratch(RANDOM_BYTES);
  return [job("elementDropout", images * blocksOf(channels), {
    sources: context.sources([step.source]),
    words: context.address(step.words),
    least: leastWord(step.p),
    factor: 1 / (1 - step.p),
    out: context.address(step.out),
  })];
}
