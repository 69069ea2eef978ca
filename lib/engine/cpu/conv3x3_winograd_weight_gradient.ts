/** Hosts kernels_as/conv3x3_winograd_weight_gradient.ts. @module */
import type { Conv3x3WeightGradient } from "../../plan/steps.ts";
import type { Context } from "./context.ts";
import { blocksOf, PIXEL_BYTES, sourceBlocks } from "./layout.ts";
import type { Job } from "./machine.ts";
import {
  cutForBlocks,
  FREQUENCIES,
  frequencyBytes,
  isBatched,
  TEMPORARY_BYTES,
  type TileCut,
  transformedWeightBytes,
  windowBytes,
} from "./tiles.ts";
import { batchesOf, groupsIn, inputsJob, windowSlots } from "./window_batches.ts";

/** Enough shares to keep many threads busy, short enough to yield in between (FLOPs of the direct algorithm). */
const FEW_SHARES = 16;
const MOST_FLOPS = 4e9;

/** The most that all copies may take. */
const MOST_COPY_BYTES = 48 * 1024 * 1024;

/** What the inputs and the gradients of a batch may take at one frequency. */
const BATCH_BYTES = 512 * 1024;

/** What the jobs of one weight gradient share. */
interface Layer {
  readonly step: Conv3x3WeightGradient;
  readonly flops: number;
  readonly cut: TileCut;
  readonly images: number;
  readonly height: number;
  readonly width: number;
  readonly inBlocks: number;
  readonly outBlocks: number;
}

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
  const layer = { step, flops, cut, images, height, width, inBlocks, outBlocks };
  const cutUp = isBatched(inBlocks, outBlocks) ? inBatches : inShares;
  const { jobs, parts, shares } = cutUp(context, layer);
  // The sums of the shares lie behind the temporary.
  context.scratch(2 * TEMPORARY_BYTES);
  return [...jobs, {
    kernel: "winogradWeightGradient",
    pieces: outBlocks,
    args: [context.address(step.weightGradient), parts, shares, inBlocks, outBlocks],
  }];
}

/** Shares of the windows, each with a copy of the transformed gradient. */
function inShares(context: Context, layer: Layer) {
  const { step, flops, cut, images, height, width, inBlocks, outBlocks } = layer;
  const { tilesY, tilesX } = cut;
  const windows = images * cut.windows;
  const wanted = Math.ceil(Math.max(FEW_SHARES, flops / MOST_FLOPS));
  const copyBytes = transformedWeightBytes(inBlocks, outBlocks);
  const shares = Math.min(wanted, windows, Math.floor(MOST_COPY_BYTES / copyBytes));
  const tiles = tilesY * tilesX;
  context.scratch(
    windowBytes(cut) + frequencyBytes(inBlocks, tiles) + frequencyBytes(outBlocks, tiles),
  );
  const parts = context.workspace(shares * copyBytes);
  const gradient = context.sources([{ tensor: step.gradient }]);
  const args = [
    ...[context.sources(step.sources), step.sources.length, gradient, parts],
    ...[windows, height, width, inBlocks, outBlocks, tilesY, tilesX, shares],
  ];
  const jobs: Job[] = [{ kernel: "conv3x3WinogradWeightGradient", pieces: shares, args }];
  return { jobs, parts, shares };
}

/** Batches of windows, one after the other: both transforms, then the products of all frequencies. */
function inBatches(context: Context, layer: Layer) {
  const { step, cut, images, height, width, inBlocks, outBlocks } = layer;
  const { tilesY, tilesX } = cut;
  const room = Math.floor(BATCH_BYTES / ((inBlocks + outBlocks) * PIXEL_BYTES));
  const batches = batchesOf(images, windowSlots(height, width, cut, 1), room);
  const most = Math.max(...batches.map((batch) => batch.slots));
  const v = context.workspace(frequencyBytes(inBlocks, most));
  const d = context.workspace(frequencyBytes(outBlocks, most));
  const parts = context.workspace(transformedWeightBytes(inBlocks, outBlocks));
  context.scratch(windowBytes(cut));
  const sources = context.sources(step.sources);
  const inputs = { ...layer, sources, sourceCount: step.sources.length, v };
  const gradient = context.sources([{ tensor: step.gradient }]);
  const jobs = batches.flatMap((batch, index): Job[] => {
    const groups = groupsIn(batch, outBlocks);
    return [
      inputsJob(batch, 1, inputs),
      {
        kernel: "winogradGradients",
        pieces: batch.windows * groups,
        args: [
          ...[gradient, d, height, width, outBlocks, tilesY, tilesX],
          ...[batch.first, batch.slots, groups],
        ],
      },
      {
        kernel: "winogradWeightProducts",
        pieces: FREQUENCIES,
        args: [v, d, parts, inBlocks, outBlocks, batch.slots, index === 0 ? 1 : 0],
      },
    ];
  });
  return { jobs, parts, shares: 1 };
}
