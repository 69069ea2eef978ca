/** Hosts kernels_as/conv3x3_weight_gradient.ts. @module */
import type { Conv3x3WeightGradient } from "../../plan/steps.ts";
import type { Context } from "./context.ts";
import { blocksOf, bytesOf, LANES, PIXEL_BYTES, sourceBlocks } from "./layout.ts";
import type { Job } from "./machine.ts";
import { sumParts } from "./reduce.ts";
import { evenRows, sharesOf } from "./strips.ts";

/** One packed block of a strip and the gradient of one output block beside it. */
const STRIP_BYTES = 128 * 1024;

/** The most that copies of the weight gradient may take together. */
const MOST_COPY_BYTES = 48 * 1024 * 1024;

/** The direct algorithm. */
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
  context.scratch((stripRows + 2) * rowBytes + 8 * PIXEL_BYTES);

  const spec = context.spec(step.weightGradient);
  const bytes = bytesOf(spec);
  const shares = sharesOf(
    images * Math.ceil(height / stripRows),
    inBlocks,
    bytes,
    MOST_COPY_BYTES,
    flops,
  );
  const out = context.address(step.weightGradient);
  const parts = shares > 1 ? context.workspace(bytes * shares) : out;
  const lanes = inBlocks === 1 ? channels[0] : LANES;
  return [
    {
      kernel: "conv3x3WeightGradient",
      pieces: shares * inBlocks,
      args: [
        context.sources(step.sources),
        context.address(step.gradient),
        parts,
        bytes,
        images,
        height,
        width,
        inBlocks,
        lanes,
        outBlocks,
        stripRows,
        shares,
      ],
    },
    ...sumParts(out, parts, bytes, shares),
  ];
}
