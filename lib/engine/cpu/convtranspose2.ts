/** Hosts kernels_as/convtranspose2.ts. @module */
import { stepFlops } from "../../plan/flops.ts";
import type {
  ConvTranspose2,
  ConvTranspose2InputGradient,
  ConvTranspose2WeightGradient,
} from "../../plan/steps.ts";
import type { Context } from "./context.ts";
import { blocksOf, bytesOf, PIXEL_BYTES } from "./layout.ts";
import type { Job } from "./machine.ts";
import { sumParts } from "./reduce.ts";
import { cutRows, evenRows, sharesOf } from "./strips.ts";

/** What a packed strip should fit into. */
const STRIP_BYTES = 512 * 1024;

/** Packed pixels of the weight gradient: one input block and four taps of the gradient. */
const WEIGHT_STRIP_PIXELS = 512;

/** The most that copies of the weight gradient may take together. */
const MOST_COPY_BYTES = 32 * 1024 * 1024;

/** Bytes of a packed block of a strip: a tile of four pixels may read past the end. */
function slots(pixels: number): number {
  return (pixels + 4) * PIXEL_BYTES;
}

export function convtranspose2(step: ConvTranspose2, context: Context): Job[] {
  const [images, inChannels, height, width] = context.shape(step.source.tensor);
  const inBlocks = blocksOf(inChannels);
  const outBlocks = blocksOf(context.shape(step.out)[1]);
  const rowBytes = 2 * inBlocks * width * PIXEL_BYTES;
  const { stripRows, strips } = cutRows(images, height, 1, rowBytes, STRIP_BYTES, 0);
  context.scratch((2 * inBlocks + 1) * slots(stripRows * width));
  return [{
    kernel: "convtranspose2",
    pieces: images * strips,
    args: [
      context.sources([step.source]),
      context.address(step.out),
      context.address(step.weight),
      context.address(step.bias),
      outBlocks,
      stripRows,
    ],
  }];
}

export function convtranspose2InputGradient(
  step: ConvTranspose2InputGradient,
  context: Context,
): Job[] {
  const [images, inChannels, height, width] = context.shape(step.out);
  const inBlocks = blocksOf(inChannels);
  const outBlocks = blocksOf(context.shape(step.gradient)[1]);
  const turned = context.workspace(bytesOf(context.spec(step.weight)));
  const packed = 8 * outBlocks + 1;
  const { stripRows, strips } = cutRows(
    images,
    height,
    1,
    packed * width * PIXEL_BYTES,
    STRIP_BYTES,
    0,
  );
  context.scratch(packed * slots(stripRows * width));
  return [
    {
      kernel: "turnConvtranspose2",
      pieces: inBlocks,
      args: [turned, context.address(step.weight), inBlocks, outBlocks],
    },
    {
      kernel: "convtranspose2InputGradient",
      pieces: images * strips,
      args: [
        context.address(step.gradient),
        context.address(step.out),
        turned,
        height,
        width,
        inBlocks,
        outBlocks,
        stripRows,
      ],
    },
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
  context.scratch(5 * slots(stripRows * width));
  const bytes = bytesOf(context.spec(step.weightGradient));
  const shares = sharesOf(
    images * Math.ceil(height / stripRows),
    outBlocks,
    bytes,
    MOST_COPY_BYTES,
    stepFlops(step, { get: (name) => context.spec(name) }),
  );
  const out = context.address(step.weightGradient);
  const gradient = context.address(step.gradient);
  const parts = shares > 1 ? context.workspace(bytes * shares) : out;
  return [
    {
      kernel: "convtranspose2WeightGradient",
      pieces: shares * outBlocks,
      args: [
        context.sources([step.source]),
        gradient,
        parts,
        bytes,
        images,
        outBlocks,
        stripRows,
        shares,
      ],
    },
    ...sumParts(out, parts, bytes, shares),
    {
      kernel: "sumPixels",
      pieces: outBlocks,
      args: [
        gradient,
        context.address(step.biasGradient),
        images,
        outBlocks,
        outHeight * outWidth,
      ],
    },
  ];
}
