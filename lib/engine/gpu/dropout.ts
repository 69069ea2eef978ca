/** Hosts kernels_wgsl/dropout.wgsl. @module */
import type { Dropout } from "../../plan/steps.ts";
import { type Context, type Dispatch, reading } from "./context.ts";
import { dispatch } from "./dispatch.ts";
import { blocksOf } from "./layout.ts";
import { mapSlabs } from "./slabs.ts";

export function dropout({ source, factors, out }: Dropout, context: Context): Dispatch[] {
  const [, channels, height, width] = context.shape(out);
  const shape = { blocks: blocksOf(channels), pixels: height * width, ...reading(source) };
  return mapSlabs(context, out, 40).map(({ first, count, cost, windowOf }) => {
    const [from, to] = [source.tensor, out].map(windowOf);
    return dispatch("dropout", {
      entry: "multiply",
      constants: {},
      bindings: {
        x: from.place,
        norm: context.placeIf(source.norm),
        factors: context.place(factors),
        out: to.place,
      },
      slab: { first, count, x: from.base, out: to.base, ...shape },
      invocations: count,
      cost,
    });
  });
}
