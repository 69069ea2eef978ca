/** Hosts kernels_wgsl/conv1x1.wgsl and conv1x1_gradient.wgsl. @module */
import type { Conv1x1, Conv1x1Gradient } from "../../plan/steps.ts";
import { constantReading, type Context, type Dispatch, reading, type Window } from "./context.ts";
import { dispatch } from "./dispatch.ts";
import { blocksOf, VECTOR_BYTES } from "./layout.ts";
import { partialPixels, SUM_LANES } from "./partials.ts";
import { GROUP } from "./pipelines.ts";
import { type Slab, slabsOf } from "./slabs.ts";

export function conv1x1(step: Conv1x1, context: Context): Dispatch[] {
  const { tensor, norm } = step.source;
  const [images, channels, height, width] = context.shape(tensor);
  const classes = context.shape(step.weight)[0];
  const blocks = blocksOf(channels);
  const size = height * width;
  const pixels = images * size;
  const costEach = classes * blocks * 20;
  const unitBytes = blocks * VECTOR_BYTES;
  return slabsOf(context, { units: pixels, unitBytes, cost: pixels * costEach }).map((slab) => {
    const x = pixelWindow(context, tensor, blocks, slab);
    return dispatch("conv1x1", {
      entry: "convolve",
      constants: { ...constantReading(step.source), BLOCKS: blocks, CLASSES: classes },
      bindings: {
        x: x.place,
        norm: context.placeIf(norm),
        weight: context.place(step.weight),
        bias: context.place(step.bias),
        out: context.place(step.out),
      },
      slab: { firstPixel: slab.first, pixels: slab.count, x: x.base, size },
      invocations: slab.count,
      cost: slab.count * costEach,
    });
  });
}

export function conv1x1Gradient(step: Conv1x1Gradient, context: Context): Dispatch[] {
  const { tensor, norm } = step.source;
  const [images, channels, height, width] = context.shape(tensor);
  const classes = context.shape(step.weight)[0];
  const blocks = blocksOf(channels);
  const size = height * width;
  const pixels = images * size;
  const columns = (blocks + 1) * classes;
  const pixelsPerPartial = partialPixels(pixels, columns);
  const partialCount = Math.ceil(pixels / pixelsPerPartial);
  const unitBytes = blocks * VECTOR_BYTES;
  const [partials] = context.workspace(partialCount * columns * VECTOR_BYTES);
  const pass = (
    entry: "source_gradient" | "sums" | "totals",
    { first, count }: Slab,
    x: Window,
    weight: string,
    invocations: number,
    costEach: number,
    group = GROUP,
  ): Dispatch =>
    dispatch("conv1x1_gradient", {
      entry,
      constants: {},
      bindings: {
        x: x.place,
        norm: context.placeIf(norm),
        weight: context.place(weight),
        dy: context.place(step.gradient),
        partials,
        bias: context.place(step.biasGradient),
      },
      slab: {
        first,
        count,
        pixels,
        pixelsPerPartial,
        partialCount,
        x: x.base,
        blocks,
        size,
        classes,
        ...reading(step.source),
      },
      group,
      invocations,
      cost: invocations * costEach,
    });
  const sourceCost = pixels * blocks * classes * 10;
  const sums = {
    units: partialCount,
    unitBytes: pixelsPerPartial * unitBytes,
    cost: sourceCost * 2,
  };
  return [
    ...slabsOf(context, { units: pixels, unitBytes, cost: sourceCost }).map((slab) => {
      const dx = pixelWindow(context, step.sourceGradient, blocks, slab);
      const invocations = slab.count * blocks;
      return pass("source_gradient", slab, dx, step.weight, invocations, 10 * classes);
    }),
    ...slabsOf(context, sums).map((slab) => {
      const end = Math.min((slab.first + slab.count) * pixelsPerPartial, pixels);
      const inPixels = {
        first: slab.first * pixelsPerPartial,
        count: end - slab.first * pixelsPerPartial,
      };
      const x = pixelWindow(context, tensor, blocks, inPixels);
      const invocations = slab.count * columns;
      return pass("sums", slab, x, step.weightGradient, invocations, 20 * pixelsPerPartial);
    }),
    pass(
      "totals",
      { first: 0, count: columns },
      pixelWindow(context, tensor, blocks, { first: 0, count: 1 }),
      step.weightGradient,
      columns * SUM_LANES,
      partialCount / 64,
      SUM_LANES,
    ),
  ];
}

/** A window of whole pixels of a map. */
function pixelWindow(
  context: Context,
  name: string,
  blocks: number,
  { first, count }: Slab,
): Window {
  return context.window(name, first * blocks, (first + count) * blocks);
}
