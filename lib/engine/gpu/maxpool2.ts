/** Hosts kernels_wgsl/maxpool2.wgsl. @module */
import type { MaxPool2, MaxPool2Gradient, Source } from "../../plan/steps.ts";
import { type Context, type Dispatch, reading } from "./context.ts";
import { dispatch } from "./dispatch.ts";
import { blocksOf } from "./layout.ts";
import { rowBytes, rowWindow, slabsOf } from "./slabs.ts";

export function maxpool2(step: MaxPool2, context: Context): Dispatch[] {
  return pooling("pool", step.source, step.out, undefined, context);
}

export function maxpool2Gradient(step: MaxPool2Gradient, context: Context): Dispatch[] {
  return pooling("gradient", step.source, step.gradient, step.out, context);
}

function pooling(
  entry: "pool" | "gradient",
  source: Source,
  pooled: string,
  gradient: string | undefined,
  context: Context,
): Dispatch[] {
  const shape = context.shape(source.tensor);
  const [images, channels, height, width] = shape;
  const blocks = blocksOf(channels);
  const outHeight = height >> 1;
  const vectors = (width >> 1) * blocks;
  const rows = images * outHeight;
  const cost = rows * vectors * 80;
  const slabs = slabsOf(context, {
    units: rows,
    unitBytes: 2 * rowBytes(shape),
    haloBytes: rowBytes(shape),
    cost,
  });
  return slabs.map((slab) => {
    const pairs = (y: number) => [2 * y, 2 * y + 2] as const;
    const x = rowWindow(context, source.tensor, outHeight, slab, pairs);
    const y = rowWindow(context, pooled, outHeight, slab, (row) => [row, row + 1]);
    const dx = gradient === undefined
      ? undefined
      : rowWindow(context, gradient, outHeight, slab, pairs);
    return dispatch("maxpool2", {
      entry,
      constants: {},
      bindings: { x: x.place, norm: context.placeIf(source.norm), y: y.place, dx: dx?.place },
      slab: {
        firstRow: slab.first,
        rows: slab.count,
        x: x.base,
        y: y.base,
        dx: dx?.base ?? 0,
        blocks,
        height,
        width,
        ...reading(source),
      },
      invocations: slab.count * vectors,
      cost: cost * slab.count / rows,
    });
  });
}
