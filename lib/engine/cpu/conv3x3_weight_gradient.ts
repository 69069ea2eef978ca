/** Hosts kernels_as/conv3x3_weight_gradient.ts. @module */
import { WINDOW_SLACK } from "../../../kernels_as/build/kernels.ts";
import type { Conv3x3WeightGradient } from "../../plan/steps.ts";
import type { Context } from "./context.ts";
import { type Job, job } from "./job.ts";
import { blocksOf, LANES, PIXEL_BYTES, sourceBlocks } from "./layout.ts";
import { partialSums } from "./reduce.ts";
import { evenRows } from "./strips.ts";

/** Upper bound of a packed block of a strip and the gradient of one output block. */
const STRIP_BYTES = 128 * 1024;

/** The most memory for all partials of the weight gradient. */
const MOST_PARTIAL_BYTES = 48 * 1024 * 1024;

/** Lowers a weight gradient to the direct algorithm. */
export function directWeightGradient(
  step: Conv3x3WeightGradient,
  flops: number,
  context: Context,
): Job[] {
  const [images, outChannels, height, width] = context.shape(step.gradient);
  const channels = step.sources.map(({ tensor }) => context.shape(tensor)[1]);
  const inBlocks = sourceBlocks(channels);
  const outBlocks = blocksOf(outChannels);
  const rowBytes = (width + 2) * PIXEL_BYTES;
  const stripRows = evenRows(height, Math.max(1, Math.floor(STRIP_BYTES / rowBytes) - 2));
  context.scratch((stripRows + 2) * rowBytes + WINDOW_SLACK * PIXEL_BYTES);

  const { given, adding } = partialSums({
    result: step.weightGradient,
    strips: images * Math.ceil(height / stripRows),
    others: inBlocks,
    mostBytes: MOST_PARTIAL_BYTES,
    flops,
  }, context);
  return [
    job("conv3x3WeightGradient", given.partialCount * inBlocks, {
      ...given,
      sources: context.sources(step.sources),
      gradient: context.address(step.gradient),
      images,
      height,
      width,
      inBlocks,
      firstLanes: inBlocks === 1 ? channels[0] : LANES,
      outBlocks,
      stripRows,
    }),
    ...adding,
  ];
}
