/** Hosts kernels_as/batchnorm.ts. @module */
import {
  BATCH_NORM_EPSILON,
  BATCH_NORM_MOMENTUM,
  type BatchNorm,
  type BatchNormEval,
  type BatchNormGradient,
} from "../../plan/steps.ts";
import type { Context } from "./context.ts";
import { type Job, job } from "./job.ts";
import { blocksOf, PIXEL_BYTES } from "./layout.ts";
import { evenRows } from "./strips.ts";

/** Pixels of a strip, which is one task of the backward pass. */
const STRIP_PIXELS = 4096;

export function batchnorm(step: BatchNorm, context: Context): Job[] {
  const blocks = blocksOf(context.shape(step.norm)[1]);
  const { images, height, width, rows, columns } = context.windowsOf(step.moments);
  return [job("batchnorm", blocks, {
    moments: context.address(step.moments),
    gamma: context.address(step.gamma),
    beta: context.address(step.beta),
    runningMean: context.address(step.runningMean),
    runningVar: context.address(step.runningVar),
    norm: context.address(step.norm),
    images,
    height,
    width,
    rows,
    columns,
    blocks,
    epsilon: BATCH_NORM_EPSILON,
    momentum: BATCH_NORM_MOMENTUM,
  })];
}

export function batchnormEval(step: BatchNormEval, context: Context): Job[] {
  const blocks = blocksOf(context.shape(step.norm)[1]);
  return [job("batchnormEval", blocks, {
    gamma: context.address(step.gamma),
    beta: context.address(step.beta),
    runningMean: context.address(step.runningMean),
    runningVar: context.address(step.runningVar),
    norm: context.address(step.norm),
    blocks,
    epsilon: BATCH_NORM_EPSILON,
  })];
}

export function batchnormGradient(step: BatchNormGradient, context: Context): Job[] {
  const [images, channels, height, width] = context.shape(step.source.tensor);
  const norm = step.source.norm;
  if (norm === undefined) throw new Error("batchnorm_gradient needs a source with a norm");
  const blocks = blocksOf(channels);
  const stripRows = evenRows(height, Math.ceil(STRIP_PIXELS / width));
  const strips = images * Math.ceil(height / stripRows);
  const rowsBytes = 2 * blocks * PIXEL_BYTES;
  const partials = context.workspace(strips * rowsBytes);
  const coefficients = context.workspace(rowsBytes);
  const sources = context.sources([step.source]);
  const gradient = context.address(step.gradient);
  return [
    job("batchnormGradientSums", strips, { sources, gradient, partials, stripRows }),
    job("batchnormGradientTotals", blocks, {
      partials,
      partialCount: strips,
      betaGradient: context.address(step.betaGradient),
      gammaGradient: context.address(step.gammaGradient),
      norm: context.address(norm),
      coefficients,
      blocks,
      count: images * height * width,
      frozen: step.frozen ? 1 : 0,
    }),
    job("batchnormGradientApply", strips, { sources, gradient, coefficients, stripRows }),
  ];
}
