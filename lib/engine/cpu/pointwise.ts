/** Hosts kernels_as/pointwise.ts. @module */
import { stepFlops } from "../../plan/flops.ts";
import type {
  Pointwise,
  PointwiseInputGradient,
  PointwiseWeightGradient,
} from "../../plan/steps.ts";
import { type Context, lowestOf } from "./context.ts";
import type { Convolution } from "./convolution.ts";
import { type Job, job } from "./job.ts";
import { blocksOf, bytesOf, PIXEL_BYTES, sourceBlocks } from "./layout.ts";
import { partialSums } from "./reduce.ts";
import { cutRows, evenRows, packedBytes } from "./strips.ts";

/** Upper bound of a packed strip. */
const STRIP_BYTES = 256 * 1024;

/** Pixels of a strip of the weight gradient. */
const WEIGHT_STRIP_PIXELS = 2048;

/** The most memory for all partials of the weight gradient. */
const MOST_PARTIAL_BYTES = 32 * 1024 * 1024;

export function pointwise(step: Pointwise, context: Context): Job[] {
  return convolve(context, {
    sources: step.sources,
    targets: [{ tensor: step.out }],
    frame: context.shape(step.out),
    weight: context.address(step.weight),
    bias: context.addressIf(step.bias),
    relu: step.relu,
    moments: step.moments,
  });
}

export function pointwiseInputGradient(step: PointwiseInputGradient, context: Context): Job[] {
  const weight = context.spec(step.weight);
  const inBlocks = sourceBlocks(step.targets.map(({ tensor }) => context.shape(tensor)[1]));
  const transposed = context.workspace(bytesOf(weight));
  return [
    job("transposeWeights", inBlocks, {
      to: transposed,
      weight: context.address(step.weight),
      inBlocks,
      rows: blocksOf(weight.shape[0]),
    }),
    ...convolve(context, {
      sources: [{ tensor: step.gradient }],
      targets: step.targets,
      frame: context.shape(step.gradient),
      weight: transposed,
      bias: 0,
    }),
  ];
}

/** The operands of a product; the weights are at an address. */
interface Product extends Omit<Convolution, "weight" | "flops"> {
  readonly weight: number;
}

function convolve(context: Context, of: Product): Job[] {
  const [images, , height, width] = of.frame;
  const inBlocks = sourceBlocks(of.sources.map(({ tensor }) => context.shape(tensor)[1]));
  const outBlocks = sourceBlocks(of.targets.map(({ tensor }) => context.shape(tensor)[1]));
  const rowBytes = 2 * inBlocks * width * PIXEL_BYTES;
  const { stripRows, strips } = cutRows(images, height, 1, rowBytes, STRIP_BYTES, 0);
  context.scratch((2 * inBlocks + 1) * packedBytes(stripRows * width));
  if (of.moments !== undefined) {
    context.declareMoments(of.moments, { images, height, width, rows: stripRows, columns: width });
  }
  return [job("pointwise", images * strips, {
    sources: context.sources(of.sources),
    sourceCount: of.sources.length,
    targets: context.targets(of.targets),
    weight: of.weight,
    bias: of.bias,
    low: lowestOf(of.relu),
    moments: context.addressIf(of.moments),
    height,
    width,
    inBlocks,
    outBlocks,
    stripRows,
  })];
}

export function pointwiseWeightGradient(step: PointwiseWeightGradient, context: Context): Job[] {
  const [images, outChannels, height, width] = context.shape(step.gradient);
  const inBlocks = sourceBlocks(step.sources.map(({ tensor }) => context.shape(tensor)[1]));
  const stripRows = evenRows(height, Math.ceil(WEIGHT_STRIP_PIXELS / width));
  context.scratch(stripRows * width * PIXEL_BYTES);
  const { given, adding } = partialSums({
    result: step.weightGradient,
    strips: images * Math.ceil(height / stripRows),
    others: inBlocks,
    mostBytes: MOST_PARTIAL_BYTES,
    flops: stepFlops(step, context.specs),
  }, context);
  return [
    job("pointwiseWeightGradient", given.partialCount * inBlocks, {
      ...given,
      sources: context.sources(step.sources),
      gradient: context.address(step.gradient),
      images,
      height,
      width,
      inBlocks,
      outBlocks: blocksOf(outChannels),
      stripRows,
    }),
    ...adding,
  ];
}
