/** Hosts kernels_as/conv3x3_direct.ts. @module */
import { WINDOW_SLACK } from "../../../kernels_as/build/kernels.ts";
import { type Context, lowestOf } from "./context.ts";
import type { Convolution } from "./convolution.ts";
import { type Job, job } from "./job.ts";
import { LANES, PIXEL_BYTES, sourceBlocks } from "./layout.ts";
import { cutRows } from "./strips.ts";

/** Upper bound of a packed strip: a good half of a 1 MiB second-level cache. */
const STRIP_BYTES = 640 * 1024;

/** Lowers a convolution to the direct algorithm, which multiplies every tap. */
export function directConvolution(context: Context, of: Convolution): Job[] {
  const [images, , height, width] = of.frame;
  const channels = of.sources.map(({ tensor }) => context.shape(tensor)[1]);
  const inBlocks = sourceBlocks(channels);
  const outBlocks = sourceBlocks(of.targets.map(({ tensor }) => context.shape(tensor)[1]));
  const rowBytes = (width + 2) * PIXEL_BYTES;
  const { stripRows, strips, groups } = cutRows(
    images,
    height,
    outBlocks,
    inBlocks * rowBytes,
    STRIP_BYTES,
    of.flops,
  );
  const packedBytes = (stripRows + 2) * rowBytes + WINDOW_SLACK * PIXEL_BYTES;
  context.scratch((inBlocks + 1) * packedBytes);
  if (of.moments !== undefined) {
    context.declareMoments(of.moments, { images, height, width, rows: stripRows, columns: width });
  }
  return [job("conv3x3Direct", images * strips * groups, {
    sources: context.sources(of.sources),
    sourceCount: of.sources.length,
    targets: context.targets(of.targets),
    weight: of.weight.address,
    bias: of.bias,
    low: lowestOf(of.relu),
    moments: context.addressIf(of.moments),
    height,
    width,
    inBlocks,
    lanes: lanesOfLast(channels),
    outBlocks,
    stripRows,
    groups,
  })];
}

/** Number of lanes of the last input block that hold channels; the kernel skips the others. */
function lanesOfLast(channels: readonly number[]): number {
  return ((channels[channels.length - 1] - 1) % LANES) + 1;
}
