/** Hosts kernels_wgsl/upsample2.wgsl. @module */
import type { Source, Upsample2, Upsample2Gradient } from "../../plan/steps.ts";
import { type Context, type Dispatch, reading } from "./context.ts";
import { dispatch } from "./dispatch.ts";
import { blocksOf } from "./layout.ts";
import { rowBytes, rowWindow, slabsOf } from "./slabs.ts";

/** Rows of the large map in a halo: a row of either map depends on neighbours in the other. */
const REACH = 4;

export function upsample2(step: Upsample2, context: Context): Dispatch[] {
  const height = context.shape(step.source.tensor)[2];
  const large = context.shape(step.out);
  return resampling("upsample", step.source, step.out, large, 200, context, (slab) => [
    rowWindow(context, step.source.tensor, 2 * height, slab, (y) => [(y >> 1) - 1, (y >> 1) + 2]),
    rowWindow(context, step.out, 2 * height, slab, (y) => [y, y + 1]),
  ]);
}

export function upsample2Gradient(step: Upsample2Gradient, context: Context): Dispatch[] {
  const small = context.shape(step.out);
  const height = small[2];
  return resampling(
    "gradient",
    { tensor: step.out },
    step.gradient,
    small,
    800,
    context,
    (slab) => [
      rowWindow(context, step.out, height, slab, (y) => [y, y + 1]),
      rowWindow(context, step.gradient, height, slab, (y) => [2 * y - 2, 2 * y + 4]),
    ],
  );
}

/** `driving` is the shape of the result, over whose rows the work is cut. */
function resampling(
  entry: "upsample" | "gradient",
  source: Source,
  large: string,
  driving: readonly number[],
  costEach: number,
  context: Context,
  windows: (slab: { first: number; count: number }) => ReturnType<Context["window"]>[],
): Dispatch[] {
  const [images, channels, rows, columns] = driving;
  const [, , height, width] = context.shape(source.tensor);
  const blocks = blocksOf(channels);
  const vectors = images * rows * columns * blocks;
  const slabs = slabsOf(context, {
    units: images * rows,
    unitBytes: 2 * rowBytes(context.shape(large)),
    haloBytes: REACH * rowBytes(context.shape(large)),
    cost: vectors * costEach,
  });
  return slabs.map((slab) => {
    const [x, y] = windows(slab);
    const invocations = slab.count * columns * blocks;
    return dispatch("upsample2", {
      entry,
      constants: {},
      bindings: { x: x.place, norm: context.placeIf(source.norm), y: y.place },
      slab: {
        firstRow: slab.first,
        rows: slab.count,
        x: x.base,
        y: y.base,
        blocks,
        height,
        width,
        ...reading(source),
      },
      invocations,
      cost: invocations * costEach,
    });
  });
}
