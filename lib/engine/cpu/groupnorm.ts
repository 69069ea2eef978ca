/** Hosts kernels_as/groupnorm.ts. @module */
import { GROUP_NORM_EPSILON, type GroupNorm, type GroupNormGradient } from "../../plan/steps.ts";
import type { Context } from "./context.ts";
import { type Job, job } from "./job.ts";
import { blocksOf, PIXEL_BYTES } from "./layout.ts";
import { evenRows } from "./strips.ts";

/** Pixels of a strip. Its moments are single-precision sums, which longer strips make coarser. */
const STRIP_PIXELS = 1024;

export function groupnorm(step: GroupNorm, context: Context): Job[] {
  const { images, channels, rowBytes, stripRows, strips, sources } = work(step, context);
  const partials = context.workspace(images * strips * 3 * rowBytes);
  return [
    job("groupnormMoments", images * strips, { sources, partials, stripRows }),
    job("groupnormTotals", images, {
      sources,
      partials,
      gamma: context.address(step.gamma),
      beta: context.address(step.beta),
      norm: context.address(step.norm),
      stripRows,
      channels,
      groups: step.groups,
      epsilon: GROUP_NORM_EPSILON,
    }),
    job("groupnormApply", images * strips, {
      sources,
      out: context.address(step.out),
      stripRows,
    }),
  ];
}

export function groupnormGradient(step: GroupNormGradient, context: Context): Job[] {
  const { images, channels, rowBytes, stripRows, strips, sources } = work(step, context);
  const partials = context.workspace(images * strips * 2 * rowBytes);
  const coefficients = context.workspace(images * 2 * rowBytes);
  const gradient = context.address(step.gradient);
  return [
    job("groupnormGradientSums", images * strips, { sources, gradient, partials, stripRows }),
    job("groupnormGradientTotals", step.groups, {
      sources,
      partials,
      betaGradient: context.address(step.betaGradient),
      gammaGradient: context.address(step.gammaGradient),
      coefficients,
      images,
      strips,
      channels,
      groups: step.groups,
    }),
    job("groupnormGradientApply", images * strips, {
      sources,
      gradient,
      coefficients,
      out: context.address(step.out),
      stripRows,
    }),
  ];
}

/** The map, cut into strips. */
function work({ x, norm, relu }: GroupNorm | GroupNormGradient, context: Context) {
  const [images, channels, height, width] = context.shape(x);
  const stripRows = evenRows(height, Math.ceil(STRIP_PIXELS / width));
  return {
    images,
    channels,
    /** Bytes of one float per channel. */
    rowBytes: blocksOf(channels) * PIXEL_BYTES,
    stripRows,
    /** Strips of an image. */
    strips: Math.ceil(height / stripRows),
    sources: context.sources([{ tensor: x, norm, ...(relu && { relu }) }]),
  };
}
