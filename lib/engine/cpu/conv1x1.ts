/** Hosts kernels_as/conv1x1.ts. @module */
import type { Conv1x1, Conv1x1Gradient } from "../../plan/steps.ts";
import type { Context } from "./context.ts";
import { blocksOf, PIXEL_BYTES } from "./layout.ts";
import type { Job } from "./machine.ts";
import { evenRows } from "./strips.ts";

/** Pixels of a strip. */
const STRIP_PIXELS = 2048;

export function conv1x1(step: Conv1x1, context: Context): Job[] {
  const [images, channels, height, width] = context.shape(step.source.tensor);
  const stripRows = evenRows(height, Math.ceil(STRIP_PIXELS / width));
  context.scratch(blocksOf(channels) * stripRows * width * PIXEL_BYTES);
  return [{
    kernel: "conv1x1",
    pieces: images * Math.ceil(height / stripRows),
    args: [
      context.sources([step.source]),
      context.address(step.out),
      context.address(step.weight),
      context.address(step.bias),
      context.shape(step.weight)[0],
      stripRows,
    ],
  }];
}

export function conv1x1Gradient(step: Conv1x1Gradient, context: Context): Job[] {
  const [images, channels, height, width] = context.shape(step.source.tensor);
  const classes = context.shape(step.weight)[0];
  const blocks = blocksOf(channels);
  const stripRows = evenRows(height, Math.ceil(STRIP_PIXELS / width));
  const strips = images * Math.ceil(height / stripRows);
  context.scratch(stripRows * width * PIXEL_BYTES);
  const parts = context.workspace(strips * classes * (blocks + 1) * PIXEL_BYTES);
  return [
    {
      kernel: "conv1x1Gradient",
      pieces: strips,
      args: [
        context.sources([step.source]),
        context.address(step.gradient),
        context.address(step.weight),
        context.address(step.sourceGradient),
        parts,
        classes,
        stripRows,
      ],
    },
    {
      kernel: "conv1x1GradientTotals",
      pieces: classes,
      args: [
        parts,
        strips,
        context.address(step.weightGradient),
        context.address(step.biasGradient),
        classes,
        blocks,
      ],
    },
  ];
}
