/** Hosts kernels_as/convtranspose2.ts. @module */
import { stepFlops } from "../../plan/flops.ts";
import type {
  ConvTranspose2,
  ConvTranspose2InputGradient,
  ConvTranspose2WeightGradient,
} from "../../plan/steps.ts";
import type { Context } from "./context.ts";
import { type Job, job } from "./job.ts";
import { blocksOf, bytesOf, PIXEL_BYTES } from "./layout.ts";
import { partialSums } from "./reduce.ts";
import { cutRows, evenRows, packedBytes } from "./strips.ts";

/** Upper bound of a packed strip. */
const STRIP_BYTES = 512 * 1024;

/** Pixels of a strip of the weight gradient: one input block and four taps of the gradient. */
const WEIGHT_STRIP_PIXELS = 512;

/** The most memory for all partials of the weight gradient. */
const MOST_PARTIAL_BYTES = 32 * 1024 * 1024;

export function convtranspose2(step: ConvTranspose2, context: Context): Job[] {
  const [images, inChannels, height, width] = context.shape(step.source.tensor);
  const inBlocks = blocksOf(inChannels);
  const outBlocks = blocksOf(context.shape(step.out)[1]);
  const rowBytes = 2 * inBlocks * width * PIXEL_BYTES;
  const { stripRows, strips } = cutRows(images, height, 1, rowBytes, STRIP_BYTES, 0);
  context.scratch((2 * inBlocks + 1) * packedBytes(stripRows * width));
  return [job("convtranspose2", images * strips, {
    sources: context.sources([step.source]),
    out: context.address(step.out),
    weight: context.address(step.weight),
    bias: context.address(step.bias),
    outBlocks,
    stripRows,
  })];
}

export function convtranspose2InputGradient(
  step: ConvTranspose2InputGradient,
  context: Context,
): Job[] {
  const [images, inChannels, height, width] = context.shape(step.out);
  const inBlocks = blocksOf(inChannels);
  const outBlocks = blocksOf(context.shape(step.gradient)[1]);
  const transposedWeights = context.workspace(bytesOf(context.spec(step.weight)));
  const packed = 8 * outBlocks + 1;
  const { stripRows, strips } = cutRows(
    images,
    height,
    1,
    packed * width * PIXEL_BYTES,
    STRIP_BYTES,
    0,
  );
  context.scratch(packed * packedBytes(stripRows * width));
  return [
    job("transposeWeights", inBlocks, {
      to: transposedWeights,
      weight: context.address(step.weight),
      inBlocks,
      rows: 4 * outBlocks,
    }),
    job("convtranspose2InputGradient", images * strips, {
      gradient: context.address(step.gradient),
      out: context.address(step.out),
      transposedWeights,
      height,
      width,
      inBlocks,
      outBlocks,
      stripRows,
    }),
  ];
}

export function convtranspose2WeightGradient(
  step: ConvTranspose2WeightGradient,
  context: Context,
): Job[] {
  const [images, , height, width] = context.shape(step.source.tensor);
  const [, outChannels, outHeight, outWidth] = context.shape(step.gradient);
  const outBlocks = blocksOf(outChannels);
  const stripRows = evenRows(height, Math.ceil(WEIGHT_STRIP_PIXELS / width));
  context.scratch(5 * packedBytes(stripRows * width));
  const { given, adding } = partialSums({
    result: step.weightGradient,
    strips: images * Math.ceil(height / stripRows),
    others: outBlocks,
    mostBytes: MOST_PARTIAL_BYTES,
    flops: stepFlops(step, context.specs),
  }, context);
  const gradient = context.address(step.gradient);
  return [
    job("convtranspose2WeightGradient", given.partialCount * outBlocks, {
      ...given,
      sources: context.sources([step.source]),
      gradient,
      images,
      outBlocks,
      stripRows,
    }),
    ...adding,
    job("sumPixels", outBlocks, {
      gradient,
      out: context.address(step.biasGradient),
      images,
      blocks: outBlocks,
      pixels: outHeight * outWidth,
    }),
  ];
}
