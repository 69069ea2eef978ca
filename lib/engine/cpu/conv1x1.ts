/** Hosts kernels_as/conv1x1.ts. @module */
import type { Conv1x1, Conv1x1Gradient } from "../../plan/steps.ts";
import type { Context } from "./context.ts";
import { type Job, job } from "./job.ts";
import { blocksOf, PIXEL_BYTES } from "./layout.ts";
import { evenRows } from "./strips.ts";

/** Pixels of a strip. */
const STRIP_PIXELS = 2048;

export function conv1x1(step: Conv1x1, context: Context): Job[] {
  const [images, channels, height, width] = context.shape(step.source.tensor);
  const stripRows = evenRows(height, Math.ceil(STRIP_PIXELS / width));
  context.scratch(blocksOf(channels) * stripRows * width * PIXEL_BYTES);
  return [job("conv1x1", images * Math.ceil(height / stripRows), {
    sources: context.sources([step.source]),
    out: context.address(step.out),
    weight: context.address(step.weight),
    bias: context.address(step.bias),
    classes: context.shape(step.weight)[0],
    stripRows,
  })];
}

export function conv1x1Gradient(step: Conv1x1Gradient, context: Context): Job[] {
  const [images, channels, height, width] = context.shape(step.source.tensor);
  const classes = context.shape(step.weight)[0];
  const blocks = blocksOf(channels);
  const stripRows = evenRows(height, Math.ceil(STRIP_PIXELS / width));
  const strips = images * Math.ceil(height / stripRows);
  context.scratch(stripRows * width * PIXEL_BYTES);
  const partials = context.workspace(strips * classes * (blocks + 1) * PIXEL_BYTES);
  return [
    job("conv1x1Gradient", strips, {
      sources: context.sources([step.source]),
      gradient: context.address(step.gradient),
      weight: context.address(step.weight),
      sourceGradient: context.address(step.sourceGradient),
      partials,
      classes,
      stripRows,
    }),
    job("conv1x1GradientTotals", classes, {
      partials,
      partialCount: strips,
      weightGradient: context.address(step.weightGradient),
      biasGradient: context.address(step.biasGradient),
      classes,
      blocks,
    }),
  ];
}
