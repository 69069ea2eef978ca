/** Hosts kernels_as/conv3x3_winograd_weight_gradient.ts. @module */
import type { Conv3x3WeightGradient } from "../steps.ts";
import type { Context } from "./context.ts";
import { blocksOf, sourceBlocks } from "./layout.ts";
import type { Job } from "./machine.ts";
import {
  cutForBlocks,
  frequencyBytes,
  TEMPORARY_BYTES,
  transformedWeightBytes,
  windowBytes,
} from "./tiles.ts";

const FEW_PIECES = 16;
const MOST_FLOPS = 4e9;

/** The most that copies of the transformed gradient may take together, unless a single one is larger. */
const MOST_COPY_BYTES = 48 * 1024 * 1024;

/** Winograd's algorithm. */
export function winogradWeightGradient(
  step: Conv3x3WeightGradient,
  flops: number,
  context: Context,
): Job[] {
  const [images, outChannels, height, width] = context.shape(step.gradient);
  const inBlocks = sourceBlocks(step.sources.map(({ tensor }) => context.shape(tensor)[1]));
  const outBlocks = blocksOf(outChannels);
  const cut = cutForBlocks(height, width, inBlocks, outBlocks);
  const { tilesY, tilesX, windows } = cut;

  const copyBytes = transformedWeightBytes(inBlocks, outBlocks);
  const wanted = Math.ceil(Math.max(FEW_PIECES, flops / MOST_FLOPS));
  const room = Math.max(1, Math.floor(MOST_COPY_BYTES / copyBytes));
  const shares = Math.min(wanted, images * windows, room);
  const [inGroups, outGroups] = groupsOf(inBlocks, outBlocks, Math.ceil(wanted / shares));

  const slots = tilesY * tilesX;
  context.scratch(
    TEMPORARY_BYTES + windowBytes(cut) + frequencyBytes(Math.ceil(inBlocks / inGroups), slots) +
      frequencyBytes(Math.ceil(outBlocks / outGroups), slots),
  );
  // The second job keeps its 36 sums behind the temporary.
  context.scratch(2 * TEMPORARY_BYTES);
  const parts = context.workspace(copyBytes * shares);
  return [
    {
      kernel: "conv3x3WinogradWeightGradient",
      pieces: shares * inGroups * outGroups,
      args: [
        context.sources(step.sources),
        step.sources.length,
        context.sources([{ tensor: step.gradient }]),
        parts,
        images,
        height,
        width,
        inBlocks,
        outBlocks,
        tilesY,
        tilesX,
        inGroups,
        outGroups,
        shares,
      ],
    },
    {
      kernel: "winogradWeightGradient",
      pieces: outBlocks,
      args: [context.address(step.weightGradient), parts, shares, inBlocks, outBlocks],
    },
  ];
}

/** Groups of input and of output blocks, at least `wanted` pairs where there are as many: those that transform the fewest blocks. */
function groupsOf(inBlocks: number, outBlocks: number, wanted: number): [number, number] {
  let best: [number, number] = [1, 1];
  let least = Infinity;
  for (let ins = 1; ins <= inBlocks; ins++) {
    const outs = Math.min(outBlocks, Math.ceil(wanted / ins));
    const missing = Math.max(0, wanted - ins * outs);
    const cost = ins * outBlocks + outs * inBlocks + missing * inBlocks * outBlocks;
    if (cost < least) {
      least = cost;
      best = [ins, outs];
    }
  }
  return best;
}
