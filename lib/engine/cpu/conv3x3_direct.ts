/** Hosts kernels_as/conv3x3.ts. @module */
import { type Context, lowestOf } from "./context.ts";
import type { Convolution } from "./convolution.ts";
import { LANES, PIXEL_BYTES, sourceBlocks } from "./layout.ts";
import type { Job } from "./machine.ts";
import { cutRows } from "./strips.ts";

/** What a packed strip should fit into: a good half of a 1 MiB second-level cache. */
const STRIP_BYTES = 640 * 1024;

/** Pixels behind each packed block, see windowPixels in kernels_as/blocks.ts. */
const SLACK_PIXELS = 8;

/** The direct algorithm: every tap multiplied. */
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
  const packedBytes = (stripRows + 2) * rowBytes + SLACK_PIXELS * PIXEL_BYTES;
  context.scratch((inBlocks + 1) * packedBytes);
  if (of.moments !== undefined) {
    context.declareMoments(of.moments, { images, height, width, rows: stripRows, columns: width });
  }
  return [{
    kernel: "conv3x3",
    pieces: images * strips * groups,
    args: [
      context.sources(of.sources),
      of.sources.length,
      context.targets(of.targets),
      of.weight.address,
      of.bias,
      lowestOf(of.relu),
      of.moments === undefined ? 0 : context.address(of.moments),
      height,
      width,
      inBlocks,
      lanesOfLast(channels),
      outBlocks,
      stripRows,
      groups,
    ],
  }];
}

/** How many lanes of the last input block hold channels: the kernel skips the others. */
function lanesOfLast(channels: readonly number[]): number {
  return ((channels[channels.length - 1] - 1) % LANES) + 1;
}
