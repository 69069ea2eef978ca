/** Hosts kernels_as/maxpool2.ts. @module */
import type { MaxPool2, MaxPool2Gradient } from "../../plan/steps.ts";
import type { Context } from "./context.ts";
import { PIXEL_BYTES } from "./layout.ts";
import type { Job } from "./machine.ts";

export function maxpool2(step: MaxPool2, context: Context): Job[] {
  return pooling("maxpool2", step, [context.address(step.out)], context);
}

export function maxpool2Gradient(step: MaxPool2Gradient, context: Context): Job[] {
  const args = [context.address(step.gradient), context.address(step.out)];
  return pooling("maxpool2Gradient", step, args, context);
}

function pooling(
  kernel: string,
  { source }: MaxPool2 | MaxPool2Gradient,
  args: readonly number[],
  context: Context,
): Job[] {
  const [images, , height, width] = context.shape(source.tensor);
  context.scratch(2 * width * PIXEL_BYTES);
  const pieces = images * Math.floor(height / 2);
  return [{ kernel, pieces, args: [context.sources([source]), ...args] }];
}
