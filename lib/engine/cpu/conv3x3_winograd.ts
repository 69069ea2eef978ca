/** Hosts kernels_as/conv3x3_winograd.ts. @module */
import { type Context, lowestOf } from "./context.ts";
import type { Convolution } from "./convolution.ts";
import { PIXEL_BYTES, sourceBlocks } from "./layout.ts";
import type { Job } from "./machine.ts";
import {
  cutForBlocks,
  FOUR,
  frequencyBytes,
  TEMPORARY_BYTES,
  transformedWeightBytes,
  windowBytes,
} from "./tiles.ts";

/** Enough pieces to keep many threads busy, short enough to yield in between (FLOPs of the direct algorithm). */
const FEW_PIECES = 8;
const MOST_FLOPS = 4e9;

/** Winograd's algorithm. */
export function winogradConvolution(context: Context, of: Convolution): Job[] {
  const [images, , height, width] = of.frame;
  const inBlocks = sourceBlocks(of.sources.map(({ tensor }) => context.shape(tensor)[1]));
  const outBlocks = sourceBlocks(of.targets.map(({ tensor }) => context.shape(tensor)[1]));
  const cut = cutForBlocks(height, width, inBlocks, outBlocks);
  const { tilesY, tilesX, windows } = cut;
  const wanted = Math.max(FEW_PIECES, of.flops / MOST_FLOPS) / (images * windows);
  const groups = Math.max(1, Math.min(outBlocks, Math.ceil(wanted)));

  const slots = Math.ceil((tilesY * tilesX) / FOUR) * FOUR;
  context.scratch(
    TEMPORARY_BYTES + windowBytes(cut) + frequencyBytes(inBlocks, slots) +
      frequencyBytes(Math.ceil(outBlocks / groups), slots) + inBlocks * slots * PIXEL_BYTES,
  );
  if (of.moments !== undefined) {
    const [rows, columns] = [4 * tilesY, 4 * tilesX];
    context.declareMoments(of.moments, { images, height, width, rows, columns });
  }

  const bytes = transformedWeightBytes(inBlocks, outBlocks);
  const weights = of.weight.prepared ? context.keep(bytes) : context.workspace(bytes);
  const transform: Job = {
    kernel: "winogradWeights",
    pieces: outBlocks,
    args: [weights, of.weight.address, inBlocks, outBlocks],
  };
  if (of.weight.prepared) context.preparations.push(transform);
  const convolve: Job = {
    kernel: "conv3x3Winograd",
    pieces: images * windows * groups,
    args: [
      context.sources(of.sources),
      of.sources.length,
      context.targets(of.targets),
      weights,
      of.bias,
      lowestOf(of.relu),
      of.moments === undefined ? 0 : context.address(of.moments),
      height,
      width,
      inBlocks,
      outBlocks,
      tilesY,
      tilesX,
      groups,
    ],
  };
  return of.weight.prepared ? [convolve] : [transform, convolve];
}
