/** Hosts kernels_as/conv3x3_winograd.ts. @module */
import { PANEL_PIXELS, TEMPORARY_BYTES } from "../../../kernels_as/build/kernels.ts";
import { type Context, lowestOf } from "./context.ts";
import type { Convolution } from "./convolution.ts";
import { type Job, job } from "./job.ts";
import { PIXEL_BYTES, sourceBlocks } from "./layout.ts";
import {
  cutForBlocks,
  elementsOf,
  isBatched,
  sideInPrediction,
  slotsOf,
  tileBytes,
  type TileCut,
  transformedWeightBytes,
  windowBytes,
} from "./tiles.ts";
import { batchesOf, groupsIn, inputsJob, windowSlots } from "./window_batches.ts";

/**
 * Bounds of the tasks: enough to keep many threads busy, short enough to yield in between (FLOPs of
 * the direct algorithm).
 */
const FEW_TASKS = 8;
const MOST_FLOPS = 4e9;

/** Upper bound of a batch's transformed inputs at one element of the tile. */
const PANEL_BYTES = 512 * 1024;

/** Arguments of all jobs of one convolution. */
interface Layer {
  readonly of: Convolution;
  readonly cut: TileCut;
  readonly images: number;
  readonly height: number;
  readonly width: number;
  readonly inBlocks: number;
  readonly outBlocks: number;
  /** Addresses of the transformed weights and of the moments. */
  readonly weights: number;
  readonly moments: number;
}

/** Lowers a convolution to Winograd's algorithm. */
export function winogradConvolution(context: Context, of: Convolution): Job[] {
  const [images, , height, width] = of.frame;
  const inBlocks = sourceBlocks(of.sources.map(({ tensor }) => context.shape(tensor)[1]));
  const outBlocks = sourceBlocks(of.targets.map(({ tensor }) => context.shape(tensor)[1]));
  const side = of.weight.prepared ? sideInPrediction(height, width, inBlocks, outBlocks) : 4;
  const cut = cutForBlocks(height, width, inBlocks, outBlocks, side);
  context.scratch(TEMPORARY_BYTES);
  if (of.moments !== undefined) {
    const [rows, columns] = [side * cut.tilesY, side * cut.tilesX];
    context.declareMoments(of.moments, { images, height, width, rows, columns });
  }

  const bytes = transformedWeightBytes(inBlocks, outBlocks, side);
  const weights = of.weight.prepared ? context.keep(bytes) : context.workspace(bytes);
  const transform = job("winogradWeights", outBlocks, {
    to: weights,
    weight: of.weight.address,
    inBlocks,
    outBlocks,
    side,
  });
  if (of.weight.prepared) context.preparations.push(transform);
  const moments = context.addressIf(of.moments);
  const layer = { of, cut, images, height, width, inBlocks, outBlocks, weights, moments };
  const jobs = (isBatched(inBlocks, outBlocks, side) ? inBatches : inWindows)(context, layer);
  return of.weight.prepared ? jobs : [transform, ...jobs];
}

/** One job: each task computes a window from its inputs to its outputs. */
function inWindows(context: Context, layer: Layer): Job[] {
  const { of, cut, images, height, width, inBlocks, outBlocks, weights, moments } = layer;
  const { side, tilesY, tilesX, windows } = cut;
  const wanted = Math.max(FEW_TASKS, of.flops / MOST_FLOPS) / (images * windows);
  const groups = Math.max(1, Math.min(outBlocks, Math.ceil(wanted)));
  const slots = slotsOf(tilesY * tilesX, PANEL_PIXELS);
  context.scratch(
    windowBytes(cut) + tileBytes(inBlocks, slots, side) +
      tileBytes(Math.ceil(outBlocks / groups), slots, side) + inBlocks * slots * PIXEL_BYTES,
  );
  return [job("conv3x3Winograd", images * windows * groups, {
    sources: context.sources(of.sources),
    sourceCount: of.sources.length,
    targets: context.targets(of.targets),
    weight: weights,
    bias: of.bias,
    low: lowestOf(of.relu),
    moments,
    height,
    width,
    inBlocks,
    outBlocks,
    tilesY,
    tilesX,
    side,
    groups,
  })];
}

/** Three jobs for each batch of windows: transform, multiply, transform back. */
function inBatches(context: Context, layer: Layer): Job[] {
  const { of, cut, images, height, width, inBlocks, outBlocks, weights, moments } = layer;
  const { side, tilesY, tilesX } = cut;
  const room = Math.floor(PANEL_BYTES / (inBlocks * PIXEL_BYTES));
  const batches = batchesOf(images, windowSlots(height, width, cut, PANEL_PIXELS), room);
  const most = Math.max(...batches.map((batch) => batch.slots));
  const v = context.workspace(tileBytes(inBlocks, most, side));
  const m = context.workspace(tileBytes(outBlocks, most, side));
  context.scratch(Math.max(windowBytes(cut), inBlocks * most * PIXEL_BYTES));
  const inputs = {
    ...layer,
    sources: context.sources(of.sources),
    sourceCount: of.sources.length,
    v,
  };
  const targets = context.targets(of.targets);
  return batches.flatMap((batch) => {
    const groups = groupsIn(batch, outBlocks);
    return [
      inputsJob(batch, PANEL_PIXELS, inputs),
      job("winogradProducts", elementsOf(side), {
        v,
        m,
        weight: weights,
        inBlocks,
        outBlocks,
        batchSlots: batch.slots,
      }),
      job("winogradOutputs", batch.windows * groups, {
        targets,
        m,
        bias: of.bias,
        low: lowestOf(of.relu),
        moments,
        height,
        width,
        outBlocks,
        tilesY,
        tilesX,
        side,
        firstWindow: batch.first,
        batchSlots: batch.slots,
        groups,
      }),
    ];
  });
}
