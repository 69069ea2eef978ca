/** Hosts kernels_as/upsample2.ts. @module */
import type { Upsample2, Upsample2Gradient } from "../../plan/steps.ts";
import type { Context } from "./context.ts";
import { blocksOf, PIXEL_BYTES } from "./layout.ts";
import type { Job } from "./machine.ts";

export function upsample2(step: Upsample2, context: Context): Job[] {
  const [images, channels, , width] = context.shape(step.source.tensor);
  context.scratch(2 * width * PIXEL_BYTES);
  return [{
    kernel: "upsample2",
    pieces: images * blocksOf(channels),
    args: [context.sources([step.source]), context.address(step.out)],
  }];
}

export function upsample2Gradient(step: Upsample2Gradient, context: Context): Job[] {
  const [images, channels, height, width] = context.shape(step.out);
  return [{
    kernel: "upsample2Gradient",
    pieces: images * blocksOf(channels),
    args: [context.address(step.gradient), context.address(step.out), height, width],
  }];
}
