/** Hosts kernels_as/maxpool2.ts. @module */
import type { MaxPool2, MaxPool2Gradient } from "../../plan/steps.ts";
import type { Context } from "./context.ts";
import { type Job, job } from "./job.ts";
import { PIXEL_BYTES } from "./layout.ts";

export function maxpool2(step: MaxPool2, context: Context): Job[] {
  const { sources, rows } = pooling(step, context);
  return [job("maxpool2", rows, { sources, out: context.address(step.out) })];
}

export function maxpool2Gradient(step: MaxPool2Gradient, context: Context): Job[] {
  const { sources, rows } = pooling(step, context);
  return [job("maxpool2Gradient", rows, {
    sources,
    gradient: context.address(step.gradient),
    out: context.address(step.out),
  })];
}

/** Arguments of both passes: the source, and the number of rows of all images after pooling. */
function pooling({ source }: MaxPool2 | MaxPool2Gradient, context: Context) {
  const [images, , height, width] = context.shape(source.tensor);
  context.scratch(2 * width * PIXEL_BYTES);
  return { sources: context.sources([source]), rows: images * Math.floor(height / 2) };
}
