/** Hosts kernels_as/avgpool2.ts. @module */
import type { AvgPool2 } from "../../plan/steps.ts";
import type { Context } from "./context.ts";
import { type Job, job } from "./job.ts";

export function avgpool2({ plane, out }: AvgPool2, context: Context): Job[] {
  const [images, channels, height, width] = context.shape(plane);
  return [job("avgpool2", images * channels, {
    source: context.address(plane),
    out: context.address(out),
    height,
    width,
  })];
}
