/** Hosts kernels_as/conv3x3.ts: 3x3 convolution and its input gradient. @module */
import { stepFlops } from "../flops.ts";
import type { Conv3x3, Conv3x3InputGradient, Source, Target } from "../steps.ts";
import { type Context, lowestOf } from "./context.ts";
import { blocksOf, bytesOf, LANES, PIXEL_BYTES, sourceBlocks } from "./layout.ts";
import type { Job } from "./machine.ts";
import { cutRows } from "./strips.ts";

/** What a packed strip should fit into; measured best between half and all of a 1 MiB second-level cache. */
const STRIP_BYTES = 640 * 1024;

/** Pixels behind each packed block, see stripPixels in kernels_as/blocks.ts. */
const SLACK_PIXELS = 8;

export function conv3x3(step: Conv3x3, context: Context): Job[] {
  return [convolution(context, {
    sources: step.sources,
    targets: [{ tensor: step.out }],
    frame: context.shape(step.out),
    weight: context.address(step.weight),
    bias: step.bias === undefined ? 0 : context.address(step.bias),
    relu: step.relu,
    moments: step.moments,
    flops: flopsOf(step, context),
  })];
}

export function conv3x3InputGradient(step: Conv3x3InputGradient, context: Context): Job[] {
  const weight = context.spec(step.weight);
  const outChannels = weight.shape[0];
  const inBlocks = sourceBlocks(step.targets.map(({ tensor }) => context.shape(tensor)[1]));
  const [turned] = context.workspace(bytesOf(weight));
  const address = context.address(step.weight);
  return [
    {
      kernel: "turnConv3x3",
      pieces: inBlocks,
      args: [turned, address, inBlocks, blocksOf(outChannels)],
    },
    convolution(context, {
      sources: [{ tensor: step.gradient }],
      targets: step.targets,
      frame: context.shape(step.gradient),
      weight: turned,
      bias: 0,
      flops: flopsOf(step, context),
    }),
  ];
}

interface Convolution {
  readonly sources: readonly Source[];
  readonly targets: readonly Target[];
  /** A shape with the height and width that sources and targets lie in. */
  readonly frame: readonly number[];
  readonly weight: number;
  readonly bias: number;
  readonly relu?: boolean;
  readonly moments?: string;
  readonly flops: number;
}

function convolution(context: Context, of: Convolution): Job {
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
    context.declareMoments(of.moments, { images, height, width, stripRows });
  }
  return {
    kernel: "conv3x3",
    pieces: images * strips * groups,
    args: [
      context.sources(of.sources),
      of.sources.length,
      context.targets(of.targets),
      of.weight,
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
  };
}

/** How many lanes of the last input block hold channels: the kernel skips the others. */
function lanesOfLast(channels: readonly number[]): number {
  return ((channels[channels.length - 1] - 1) % LANES) + 1;
}

function flopsOf(step: Conv3x3 | Conv3x3InputGradient, context: Context): number {
  return stepFlops(step, { get: (name) => context.spec(name) });
}
