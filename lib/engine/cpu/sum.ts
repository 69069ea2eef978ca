/** Hosts kernels_as/sum.ts. @module */
import type { Sum } from "../../plan/steps.ts";
import type { Context } from "./context.ts";
import { blocksOf, PIXEL_BYTES } from "./layout.ts";
import type { Job } from "./machine.ts";

/** Pixels of a run, see RUN in the kernel. */
const RUN = 128;

export function sum(step: Sum, context: Context): Job[] {
  const [images, channels, height, width] = context.shape(step.out);
  const blocks = blocksOf(channels);
  context.scratch(2 * RUN * PIXEL_BYTES);
  return [{
    kernel: "sum",
    pieces: images * blocks,
    args: [
      context.sources(step.sources),
      step.sources.length,
      context.address(step.out),
      step.adds ? 1 : 0,
      blocks,
      height * width,
    ],
  }];
}
