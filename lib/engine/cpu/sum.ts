/** Hosts kernels_as/sum.ts. @module */
import { SUM_RUN } from "../../../kernels_as/build/kernels.ts";
import type { ReluGradient, Sum } from "../../plan/steps.ts";
import type { Context } from "./context.ts";
import { type Job, job } from "./job.ts";
import { blocksOf, PIXEL_BYTES } from "./layout.ts";

export function sum(step: Sum, context: Context): Job[] {
  const [images, channels, height, width] = context.shape(step.out);
  const blocks = blocksOf(channels);
  context.scratch(2 * SUM_RUN * PIXEL_BYTES);
  return [job("sum", images * blocks, {
    sources: context.sources(step.sources),
    count: step.sources.length,
    out: context.address(step.out),
    adds: step.adds ? 1 : 0,
    blocks,
    pixels: height * width,
  })];
}

export function reluGradient(step: ReluGradient, context: Context): Job[] {
  const [images, channels, height, width] = context.shape(step.out);
  const blocks = blocksOf(channels);
  context.scratch(SUM_RUN * PIXEL_BYTES);
  return [job("reluGradient", images * blocks, {
    sources: context.sources([step.source]),
    gradient: context.address(step.gradient),
    out: context.address(step.out),
    adds: step.adds ? 1 : 0,
    blocks,
    pixels: height * width,
  })];
}
