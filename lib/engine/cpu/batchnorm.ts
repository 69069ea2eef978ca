/** Hosts kernels_as/batchnorm.ts. @module */
import type { BatchNorm, BatchNormEval, BatchNormGradient, Fold } from "../../plan/steps.ts";
import type { Context } from "./context.ts";
import { blocksOf, PIXEL_BYTES, sourceBlocks, splitOf } from "./layout.ts";
import type { Job } from "./machine.ts";
import { evenRows } from "./strips.ts";

/** Pixels that one piece of the backward pass sums up. */
const STRIP_PIXELS = 4096;

export function batchnorm(step: BatchNorm, context: Context): Job[] {
  const blocks = blocksOf(context.shape(step.norm)[1]);
  const { images, height, width, rows, columns } = context.windowsOf(step.moments);
  return [{
    kernel: "batchnorm",
    pieces: blocks,
    args: [
      context.address(step.moments),
      context.address(step.gamma),
      context.address(step.beta),
      context.address(step.runningMean),
      context.address(step.runningVar),
      context.address(step.norm),
      images,
      height,
      width,
      rows,
      columns,
      blocks,
    ],
  }];
}

export function batchnormEval(step: BatchNormEval, context: Context): Job[] {
  const blocks = blocksOf(context.shape(step.norm)[1]);
  return [{
    kernel: "batchnormEval",
    pieces: blocks,
    args: [
      context.address(step.gamma),
      context.address(step.beta),
      context.address(step.runningMean),
      context.address(step.runningVar),
      context.address(step.norm),
      blocks,
    ],
  }];
}

export function fold(step: Fold, context: Context): Job[] {
  const weight = context.spec(step.weight);
  return [{
    kernel: "fold",
    pieces: blocksOf(weight.shape[0]),
    args: [
      context.address(step.weight),
      context.address(step.gamma),
      context.address(step.beta),
      context.address(step.runningMean),
      context.address(step.runningVar),
      context.address(step.outWeight),
      context.address(step.outBias),
      sourceBlocks(splitOf(weight)),
    ],
  }];
}

export function batchnormGradient(step: BatchNormGradient, context: Context): Job[] {
  const [images, channels, height, width] = context.shape(step.source.tensor);
  const norm = step.source.norm;
  if (norm === undefined) throw new Error("batchnorm_gradient needs a source with a norm");
  const blocks = blocksOf(channels);
  const stripRows = evenRows(height, Math.ceil(STRIP_PIXELS / width));
  const strips = images * Math.ceil(height / stripRows);
  const rowsBytes = 2 * blocks * PIXEL_BYTES;
  const parts = context.workspace(strips * rowsBytes);
  const coefficients = context.workspace(rowsBytes);
  const sources = context.sources([step.source]);
  const gradient = context.address(step.gradient);
  return [
    {
      kernel: "batchnormGradientSums",
      pieces: strips,
      args: [sources, gradient, parts, stripRows],
    },
    {
      kernel: "batchnormGradientTotals",
      pieces: blocks,
      args: [
        parts,
        strips,
        context.address(step.betaGradient),
        context.address(step.gammaGradient),
        context.address(norm),
        coefficients,
        blocks,
        images * height * width,
        step.frozen ? 1 : 0,
      ],
    },
    {
      kernel: "batchnormGradientApply",
      pieces: strips,
      args: [sources, gradient, coefficients, stripRows],
    },
  ];
}
