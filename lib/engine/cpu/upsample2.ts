/** Hosts kernels_as/upsample2.ts. @module */
import type { Upsample2, Upsample2Gradient } from "../../plan/steps.ts";
import type { Context } from "./context.ts";
import { type Job, job } from "./job.ts";
import { blocksOf, PIXEL_BYTES } from "./layout.ts";

export function upsample2(step: Upsample2, context: Context): Job[] {
  const [images, channels, , width] = context.shape(step.source.tensor);
  context.scratch(2 * width * PIXEL_BYTES);
  const sources = context.sources([step.source]);
  const out = context.address(step.out);
  return [job("upsample2", images * blocksOf(channels), { sources, out })];
}

export function upsample2Gradient(step: Upsample2Gradient, context: Context): Job[] {
  const [images, channels, height, width] = context.shape(step.out);
  const gradient = context.address(step.gradient);
  const out = context.address(step.out);
  return [job("upsample2Gradient", images * blocksOf(channels), { gradient, out, height, width })];
}
