/** Hosts kernels_wgsl/relu_gradient.wgsl. @module */
import type { ReluGradient } from "../../plan/steps.ts";
import type { Context, Dispatch } from "./context.ts";
import { dispatch } from "./dispatch.ts";
import { blocksOf } from "./layout.ts";
import { rowBytes, rowWindow, slabsOf } from "./slabs.ts";

export function reluGradient(
  { source, gradient, out, adds = false }: ReluGradient,
  context: Context,
): Dispatch[] {
  const shape = context.shape(out);
  const [images, channels, height, width] = shape;
  const blocks = blocksOf(channels);
  const vectors = width * blocks;
  const rows = images * height;
  const cost = rows * vectors * 40;
  return slabsOf(context, { units: rows, unitBytes: rowBytes(shape), cost }).map((slab) => {
    const windowOf = (name: string) => rowWindow(context, name, height, slab, (y) => [y, y + 1]);
    const [x, dy, y] = [windowOf(source.tensor), windowOf(gradient), windowOf(out)];
    const count = slab.count * vectors;
    return dispatch("relu_gradient", {
      entry: "rectify",
      constants: {
        BLOCKS: blocks,
        ADDS: adds,
        NORM: source.norm !== undefined,
        RELU: source.relu ?? false,
      },
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
        first: slab.first * vectors,
      },
      invocations: count,
      cost: cost * slab.count / rows,
    });
  });
}
