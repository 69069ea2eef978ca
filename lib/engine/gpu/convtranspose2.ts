/**
 * Hosts kernels_wgsl/convtranspose2.wgsl, convtranspose2_gradient.wgsl, their tiled counterparts
 * and channel_sums.wgsl.
 * @module
 */
import { stepFlops } from "../../plan/flops.ts";
import type {
  ConvTranspose2,
  ConvTranspose2InputGradient,
  ConvTranspose2WeightGradient,
} from "../../plan/steps.ts";
import { type Context, type Dispatch, reading, windowOf } from "./context.ts";
import { dispatch } from "./dispatch.ts";
import { blocksOf, VECTOR_BYTES } from "./layout.ts";
import { partialPixels, partialRows } from "./partials.ts";
import { partialBytes, sumPartials } from "./reduce.ts";
import { rowBytes, rowWindow, type Slab, slabsOf } from "./slabs.ts";

/** Input pixels of a row that an invocation computes. */
const SPAN = 4;

/**
 * The tiles of the kernels with workgroup memory, each for a workgroup of 64 invocations: chunks
 * and slices count blocks or pixels. A kernel serves shapes that they divide.
 */
const TILES = {
  group: 64,
  bytes: 8192,
  pixels: 64,
  forward: { chunk: 8, slice: 4 },
  source: { chunk: 16, slice: 4 },
  weight: { inChunk: 16, outChunk: 8, slice: 16 },
};

/** Whether kernels with workgroup memory are preferred and the adapter has room for the tiles. */
function tiled({ limits }: Context): boolean {
  return limits.tiled && limits.groupSize >= TILES.group && limits.groupBytes >= TILES.bytes;
}

export function convtranspose2(step: ConvTranspose2, context: Context): Dispatch[] {
  const { source, out } = step;
  const shape = context.shape(source.tensor);
  const [images, channels, height, width] = shape;
  const [blocks, outBlocks] = [blocksOf(channels), blocksOf(context.shape(out)[1])];
  const { chunk, slice } = TILES.forward;
  const inTiles = tiled(context) && blocks % slice === 0 && outBlocks % chunk === 0;
  const rows = images * height;
  const cost = stepFlops(step, context.specs);
  const unitBytes = Math.max(rowBytes(shape), 2 * rowBytes(context.shape(out)));
  return slabsOf(context, { units: rows, unitBytes, cost }).map((slab) => {
    const { x, y } = windows(context, source.tensor, out, slab);
    const common = {
      entry: "convolve" as const,
      constants: {},
      bindings: {
        x: x.place,
        norm: context.placeIf(source.norm),
        weight: context.place(step.weight),
        bias: context.place(step.bias),
        y: y.place,
      },
      slab: {
        firstRow: slab.first,
        rows: slab.count,
        x: x.base,
        y: y.base,
        blocks,
        outBlocks,
        width,
        ...reading(source),
      },
      cost: cost * slab.count / rows,
    };
    if (inTiles) {
      // A workgroup computes one of the two rows of outputs.
      const groups = Math.ceil(slab.count * width / TILES.pixels) * (outBlocks / chunk) * 2;
      const invocations = groups * TILES.group;
      return dispatch("convtranspose2_tiled", { ...common, group: TILES.group, invocations });
    }
    const invocations = slab.count * Math.ceil(width / SPAN) * outBlocks;
    return dispatch("convtranspose2", { ...common, invocations });
  });
}

export function convtranspose2InputGradient(
  step: ConvTranspose2InputGradient,
  context: Context,
): Dispatch[] {
  const shape = context.shape(step.out);
  const [images, channels, height, width] = shape;
  const rows = images * height;
  const [blocks, outBlocks] = [blocksOf(channels), blocksOf(context.shape(step.gradient)[1])];
  const { chunk, slice } = TILES.source;
  const inTiles = tiled(context) && blocks % chunk === 0 && outBlocks % slice === 0;
  const cost = stepFlops(step, context.specs);
  const unitBytes = Math.max(rowBytes(shape), 2 * rowBytes(context.shape(step.gradient)));
  return slabsOf(context, { units: rows, unitBytes, cost }).map((slab) => {
    const { x, y } = windows(context, step.out, step.gradient, slab);
    const weight = context.place(step.weight);
    const slabCost = cost * slab.count / rows;
    if (inTiles) {
      const groups = Math.ceil(slab.count * width / TILES.pixels) * (blocks / chunk);
      return dispatch("convtranspose2_source_gradient_tiled", {
        entry: "source_gradient",
        constants: {},
        bindings: { dx: x.place, weight, dy: y.place },
        slab: {
          firstRow: slab.first,
          rows: slab.count,
          x: x.base,
          dy: y.base,
          blocks,
          outBlocks,
          width,
        },
        group: TILES.group,
        invocations: groups * TILES.group,
        cost: slabCost,
      });
    }
    return dispatch("convtranspose2_gradient", {
      entry: "source_gradient",
      constants: {},
      bindings: { x: x.place, norm: undefined, weight, dy: y.place },
      slab: {
        first: slab.first,
        count: slab.count,
        rows,
        x: x.base,
        dy: y.base,
        partials: 0,
        blocks,
        outBlocks,
        width,
        rowsPerPartial: 1,
        ...reading(undefined),
      },
      invocations: slab.count * Math.ceil(width / SPAN) * blocks,
      cost: slabCost,
    });
  });
}

export function convtranspose2WeightGradient(
  step: ConvTranspose2WeightGradient,
  context: Context,
): Dispatch[] {
  const { source, gradient } = step;
  const shape = context.shape(source.tensor);
  const [images, channels, height, width] = shape;
  const outChannels = context.shape(gradient)[1];
  const [blocks, outBlocks] = [blocksOf(channels), blocksOf(outChannels)];
  const rows = images * height;
  const out = context.place(step.weightGradient);
  const rowsPerPartial = partialRows(rows, width, blocks * outBlocks, out.bytes);
  const partialCount = Math.ceil(rows / rowsPerPartial);
  const pixels = rows * width * 4;
  const pixelsPerPartial = partialPixels(pixels, outBlocks);
  const biasPartialCount = Math.ceil(pixels / pixelsPerPartial);
  const vectors = out.bytes / VECTOR_BYTES;
  const [biasPartials, weightPartials] = context.workspace(
    partialBytes(outBlocks * VECTOR_BYTES, biasPartialCount),
    ...(partialCount > 1 ? [partialBytes(out.bytes, partialCount)] : []),
  );
  const partials = weightPartials ?? out;
  const cost = stepFlops(step, context.specs);
  const unitBytes = Math.max(
    out.bytes,
    rowsPerPartial * rowBytes(shape),
    rowsPerPartial * 2 * rowBytes(context.shape(gradient)),
  );
  const { inChunk, outChunk, slice } = TILES.weight;
  const inTiles = tiled(context) && blocks % inChunk === 0 && outBlocks % outChunk === 0 &&
    rowsPerPartial * width % slice === 0 && rows * width % slice === 0;
  const weightDispatches = slabsOf(context, { units: partialCount, unitBytes, cost }).map(
    ({ first, count }): Dispatch => {
      const firstRow = first * rowsPerPartial;
      const rowSlab = { first: firstRow, count: Math.min(count * rowsPerPartial, rows - firstRow) };
      const { x, y } = windows(context, source.tensor, gradient, rowSlab);
      const view = windowOf(partials, first * vectors, (first + count) * vectors);
      const norm = context.placeIf(source.norm);
      const bases = { rows, x: x.base, dy: y.base, partials: view.base };
      const common = { blocks, outBlocks, width, rowsPerPartial, ...reading(source) };
      const slabCost = cost * count / partialCount;
      if (inTiles) {
        // A workgroup computes the two taps of a kernel row.
        const groups = count * (blocks / inChunk) * (outBlocks / outChunk) * 2;
        return dispatch("convtranspose2_weight_gradient_tiled", {
          entry: "weight_gradient",
          constants: {},
          bindings: { x: x.place, norm, partials: view.place, dy: y.place },
          slab: {
            firstPartial: first,
            partialCount: count,
            ...bases,
            ...common,
            frameHeight: height,
            frameWidth: width,
            height,
            top: 0,
            left: 0,
            inBlocks: blocks,
            firstBlock: 0,
          },
          group: TILES.group,
          invocations: groups * TILES.group,
          cost: slabCost,
        });
      }
      return dispatch("convtranspose2_gradient", {
        entry: "weight_gradient",
        constants: {},
        bindings: { x: x.place, norm, weight: view.place, dy: y.place },
        slab: { first, count, ...bases, ...common },
        invocations: count * blocks * outBlocks,
        cost: slabCost,
      });
    },
  );
  const biasDispatches = slabsOf(context, {
    units: biasPartialCount,
    unitBytes: pixelsPerPartial * outBlocks * VECTOR_BYTES,
    cost: pixels * outBlocks * 8,
  }).map(({ first, count }): Dispatch => {
    const end = Math.min((first + count) * pixelsPerPartial, pixels);
    const dy = context.window(gradient, first * pixelsPerPartial * outBlocks, end * outBlocks);
    return dispatch("channel_sums", {
      entry: "sums",
      constants: {},
      bindings: { x: dy.place, partials: biasPartials },
      slab: {
        firstPartial: first,
        partialCount: count,
        pixels,
        pixelsPerPartial,
        blocks: outBlocks,
        x: dy.base,
      },
      invocations: count * outBlocks,
      cost: count * pixelsPerPartial * outBlocks * 8,
    });
  });
  return [
    ...weightDispatches,
    ...(partialCount > 1 ? sumPartials(context, out, partials, partialCount) : []),
    ...biasDispatches,
    ...sumPartials(context, context.place(step.biasGradient), biasPartials, biasPartialCount),
  ];
}

/** Windows of a slab's rows of the small map, and of the two rows of the large map for each. */
function windows(context: Context, small: string, large: string, slab: Slab) {
  const height = context.shape(small)[2];
  return {
    x: rowWindow(context, small, height, slab, (row) => [row, row + 1]),
    y: rowWindow(context, large, height, slab, (row) => [2 * row, 2 * row + 2]),
  };
}
