/** Hosts kernels_wgsl/relu_gradient.wgsl. @module */
import type { ReluGradient } from "../../plan/steps.ts";
import { type Context, type Dispatch, reading } from "./context.ts";
import { dispatch } from "./dispatch.ts";
import { blocksOf } from "./layout.ts";
import { mapSlabs } from "./slabs.ts";

export function reluGradient(
  { source, gradient, out, adds = false }: ReluGradient,
  context: Context,
): Dispatch[] {
  const blocks = blocksOf(context.shape(out)[1]);
  return mapSlabs(context, out, 40).map(({ first, count, cost, windowOf }) => {
    const [x, dy, y] = [source.tensor, gradient, out].map(windowOf);
    return dispatch("relu_gradient", {
      entry: "rectify",
      constants: { ADDS: adds },
      bindings: {
        x: x.place,
        norm: context.placeIf(source.norm),
        gradient: dy.place,
        y: y.place,
      },
      slab: {
        vectors: count,
        x: x.base,
        gradient: dy.base,
        y: y.base,
        first,
        blocks,
        ...reading(source),
      },
      invocations: count,
      cost,
    });
  });
}
