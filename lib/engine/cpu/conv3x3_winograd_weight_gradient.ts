/** Hosts kernels_as/conv3x3_winograd_weight_gradient.ts. @module */
import { TEMPORARY_BYTES, TILE_ELEMENTS } from "../../../kernels_as/build/kernels.ts";
import type { Conv3x3WeightGradient } from "../../plan/steps.ts";
import type { Context } from "./context.ts";
import { type Job, job } from "./job.ts";
import { blocksOf, PIXEL_BYTES, sourceBlocks } from "./layout.ts";
import {
  cutForBlocks,
  isBatched,
  tileBytes,
  type TileCut,
  transformedWeightBytes,
  windowBytes,
} from "./tiles.ts";
import { batchesOf, groupsIn, inputsJob, windowSlots } from "./window_batches.ts";

/**
 * Bounds of the partials: enough to keep many threads busy, short enough to yield in between (FLOPs
 * of the direct algorithm).
 */
const FEW_PARTIALS = 16;
const MOST_FLOPS = 4e9;

/** The most memory for all partials. */
const MOST_PARTIAL_BYTES = 48 * 1024 * 1024;

/** Upper bound of a batch's transformed inputs and gradients at one element of the tile. */
const BATCH_BYTES = 512 * 1024;

/** A tile's side in pixels: a gradient needs the smaller rounding errors. */
const SIDE = 4;

/** Arguments of all jobs of one weight gradient. */
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

/** Lowers a weight gradient to Winograd's algorithm. */
export function winogradWeightGradient(
  step: Conv3x3WeightGradient,
  flops: number,
  context: Context,
): Job[] {
  const [images, outChannels, height, width] = context.shape(step.gradient);
  const inBlocks = sourceBlocks(step.sources.map(({ tensor }) => context.shape(tensor)[1]));
  const outBlocks = blocksOf(outChannels);
  const cut = cutForBlocks(height, width, inBlocks, outBlocks, SIDE);
  const layer = { step, flops, cut, images, height, width, inBlocks, outBlocks };
  const cutUp = isBatched(inBlocks, outBlocks, SIDE) ? inBatches : inPartials;
  const { jobs, partials, partialCount } = cutUp(context, layer);
  // The sum of the partials follows the temporary.
  context.scratch(2 * TEMPORARY_BYTES);
  return [
    ...jobs,
    job("winogradWeightGradient", outBlocks, {
      to: context.address(step.weightGradient),
      partials,
      partialCount,
      inBlocks,
      outBlocks,
    }),
  ];
}

/** Computes partials of the transformed gradient, each the sum over some of the windows. */
function inPartials(context: Context, layer: Layer) {
  const { step, flops, cut, images, height, width, inBlocks, outBlocks } = layer;
  const { tilesY, tilesX } = cut;
  const windows = images * cut.windows;
  const wanted = Math.ceil(Math.max(FEW_PARTIALS, flops / MOST_FLOPS));
  const partialBytes = transformedWeightBytes(inBlocks, outBlocks, SIDE);
  const partialCount = Math.min(wanted, windows, Math.floor(MOST_PARTIAL_BYTES / partialBytes));
  const tiles = tilesY * tilesX;
  context.scratch(
    windowBytes(cut) + tileBytes(inBlocks, tiles, SIDE) + tileBytes(outBlocks, tiles, SIDE),
  );
  const partials = context.workspace(partialCount * partialBytes);
  const jobs = [job("conv3x3WinogradWeightGradient", partialCount, {
    sources: context.sources(step.sources),
    sourceCount: step.sources.length,
    gradientSource: context.sources([{ tensor: step.gradient }]),
    partials,
    windows,
    height,
    width,
    inBlocks,
    outBlocks,
    tilesY,
    tilesX,
    partialCount,
  })];
  return { jobs, partials, partialCount };
}

/** Computes batch after batch of windows: both transforms, then the products of all elements. */
function inBatches(context: Context, layer: Layer) {
  const { step, cut, images, height, width, inBlocks, outBlocks } = layer;
  const { tilesY, tilesX } = cut;
  const room = Math.floor(BATCH_BYTES / ((inBlocks + outBlocks) * PIXEL_BYTES));
  const batches = batchesOf(images, windowSlots(height, width, cut, 1), room);
  const most = Math.max(...batches.map((batch) => batch.slots));
  const v = context.workspace(tileBytes(inBlocks, most, SIDE));
  const d = context.workspace(tileBytes(outBlocks, most, SIDE));
  const partials = context.workspace(transformedWeightBytes(inBlocks, outBlocks, SIDE));
  context.scratch(windowBytes(cut));
  const sources = context.sources(step.sources);
  const inputs = { ...layer, sources, sourceCount: step.sources.length, v };
  const gradientSource = context.sources([{ tensor: step.gradient }]);
  const jobs = batches.flatMap((batch, index): Job[] => {
    const groups = groupsIn(batch, outBlocks);
    return [
      inputsJob(batch, 1, inputs),
      job("winogradGradients", batch.windows * groups, {
        gradientSource,
        d,
        height,
        width,
        outBlocks,
        tilesY,
        tilesX,
        firstWindow: batch.first,
        batchTiles: batch.slots,
        groups,
      }),
      job("winogradWeightProducts", TILE_ELEMENTS, {
        v,
        d,
        u: partials,
        inBlocks,
        outBlocks,
        batchTiles: batch.slots,
        isFirst: index === 0 ? 1 : 0,
      }),
    ];
  });
  return { jobs, partials, partialCount: 1 };
}
