/**
 * Hosts kernels_wgsl/convtranspose2.wgsl, convtranspose2_gradient.wgsl and channel_sums.wgsl.
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
import { blocksOf, MATRIX_BYTES, VECTOR_BYTES } from "./layout.ts";
import { partialPixels, partialRows } from "./partials.ts";
import { partialBytes, sumPartials } from "./reduce.ts";
import { rowBytes, rowWindow, type Slab, slabsOf } from "./slabs.ts";

/** Input pixels of a row that an invocation computes. */
const SPAN = 4;

export function convtranspose2(step: ConvTranspose2, context: Context): Dispatch[] {
  const { source, out } = step;
  const shape = context.shape(source.tensor);
  const [images, channels, height, width] = shape;
  const outBlocks = blocksOf(context.shape(out)[1]);
  const rows = images * height;
  const cost = stepFlops(step, context.specs);
  const unitBytes = Math.max(rowBytes(shape), 2 * rowBytes(context.shape(out)));
  return slabsOf(context, { units: rows, unitBytes, cost }).map((slab) => {
    const { x, y } = windows(context, source.tensor, out, slab);
    return dispatch("convtranspose2", {
      entry: "convolve",
      constants: {
        WIDTH: width,
        BLOCKS: blocksOf(channels),
        OUT_BLOCKS: outBlocks,
        ...reading(source),
      },
      bindings: {
        x: x.place,
        norm: context.placeIf(source.norm),
        weight: context.place(step.weight),
        bias: context.place(step.bias),
        y: y.place,
      },
      slab: { firstRow: slab.first, rows: slab.count, x: x.base, y: y.base },
      invocations: slab.count * Math.ceil(width / SPAN) * outBlocks,
      cost: cost * slab.count / rows,
    });
  });
}

export function convtranspose2InputGradient(
  step: ConvTranspose2InputGradient,
  context: Context,
): Dispatch[] {
  const shape = context.shape(step.out);
  const [images, channels, height, width] = shape;
  const rows = images * height;
  const blocks = blocksOf(channels);
  const cost = stepFlops(step, context.specs);
  const unitBytes = Math.max(rowBytes(shape), 2 * rowBytes(context.shape(step.gradient)));
  return slabsOf(context, { units: rows, unitBytes, cost }).map((slab) => {
    const { x, y } = windows(context, step.out, step.gradient, slab);
    return dispatch("convtranspose2_gradient", {
      entry: "source_gradient",
      constants: gradientConstants(width, blocks, blocksOf(context.shape(step.gradient)[1])),
      bindings: {
        x: x.place,
        norm: undefined,
        weight: context.place(step.weight),
        dy: y.place,
      },
      slab: { first: slab.first, count: slab.count, rows, x: x.base, dy: y.base, partials: 0 },
      invocations: slab.count * Math.ceil(width / SPAN) * blocks,
      cost: cost * slab.count / rows,
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
  const constants = {
    ...gradientConstants(width, blocks, outBlocks),
    ...reading(source),
    PARTIAL_ROWS: rowsPerPartial,
  };
  const weightDispatches = slabsOf(context, { units: partialCount, unitBytes, cost }).map(
    ({ first, count }): Dispatch => {
      const firstRow = first * rowsPerPartial;
      const rowSlab = { first: firstRow, count: Math.min(count * rowsPerPartial, rows - firstRow) };
      const { x, y } = windows(context, source.tensor, gradient, rowSlab);
      const view = windowOf(partials, first * vectors, (first + count) * vectors);
      const base = view.base * VECTOR_BYTES / MATRIX_BYTES;
      return dispatch("convtranspose2_gradient", {
        entry: "weight_gradient",
        constants,
        bindings: {
          x: x.place,
          norm: context.placeIf(source.norm),
          weight: view.place,
          dy: y.place,
        },
        slab: { first, count, rows, x: x.base, dy: y.base, partials: base },
        invocations: count * blocks * outBlocks,
        cost: cost * count / partialCount,
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

/** Constants of the input gradient; the weight gradient overrides the last three. */
function gradientConstants(width: number, blocks: number, outBlocks: number) {
  const none = { NORM: false, RELU: false, PARTIAL_ROWS: 1 };
  return { WIDTH: width, BLOCKS: blocks, OUT_BLOCKS: outBlocks, ...none };
}

/** Windows of a slab's rows of the small map, and of the two rows of the large map for each. */
function windows(context: Context, small: string, large: string, slab: Slab) {
  const height = context.shape(small)[2];
  return {
    x: rowWindow(context, small, height, slab, (row) => [row, row + 1]),
    y: rowWindow(context, large, height, slab, (row) => [2 * row, 2 * row + 2]),
  };
}
