/** Hosts kernels_wgsl/dropout.wgsl. @module */
import type { Dropout } from "../../plan/steps.ts";
import type { Context, Dispatch } from "./context.ts";
import { dispatch } from "./dispatch.ts";
import { blocksOf } from "./layout.ts";
import { rowBytes, rowWindow, slabsOf } from "./slabs.ts";

export function dropout({ source, factors, out }: Dropout, context: Context): Dispatch[] {
  const shape = context.shape(out);
  const [images, channels, height, width] = shape;
  const blocks = blocksOf(channels);
  const vectors = width * blocks;
  const rows = images * height;
  const cost = rows * vectors * 40;
  const constants = {
    BLOCKS: blocks,
    PIXELS: height * width,
    NORM: source.norm !== undefined,
    RELU: source.relu ?? false,
  };
  return slabsOf(context, { units: rows, unitBytes: rowBytes(shape), cost }).map((slab) => {
    const windowOf = (name: string) => rowWindow(context, name, height, slab, (y) => [y, y + 1]);
    const [from, to] = [source.tensor, out].map(windowOf);
    const count = slab.count * vectors;
    return dispatch("dropout", {
      entry: "multiply",
      constants,
      bindings: {
        x: from.place,
        norm: context.placeIf(source.norm),
        factors: context.place(factors),
        out: to.place,
      },
      slab: { first: slab.first * vectors, count, x: from.base, out: to.base },
      invocations: count,
      cost: cost * slab.count / rows,
    });
  });
}
