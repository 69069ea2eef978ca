/** Hosts kernels_wgsl/sum.wgsl. @module */
import type { Source, Sum } from "../../plan/steps.ts";
import type { Context, Dispatch } from "./context.ts";
import { dispatch } from "./dispatch.ts";
import { blocksOf } from "./layout.ts";
import { rowBytes, rowWindow, slabsOf } from "./slabs.ts";

/** One pass for each map. The first writes, unless the step adds to the result. */
export function sum({ sources, out, adds = false }: Sum, context: Context): Dispatch[] {
  if (sources.length === 0) return adds ? [] : pass("clear", undefined, out, false, context);
  return sources.flatMap((source, index) => pass("add", source, out, adds || index > 0, context));
}

function pass(
  entry: "clear" | "add",
  source: Source | undefined,
  out: string,
  adds: boolean,
  context: Context,
): Dispatch[] {
  const shape = context.shape(out);
  const [images, channels, height, width] = shape;
  const blocks = blocksOf(channels);
  const vectors = width * blocks;
  const constants = {
    BLOCKS: blocks,
    ADDS: adds,
    NORM: source?.norm !== undefined,
    RELU: source?.relu ?? false,
  };
  const rows = images * height;
  const cost = rows * vectors * 40;
  return slabsOf(context, { units: rows, unitBytes: rowBytes(shape), cost }).map((slab) => {
    const windowOf = (name: string) => rowWindow(context, name, height, slab, (y) => [y, y + 1]);
    const y = windowOf(out);
    const x = source && windowOf(source.tensor);
    const count = slab.count * vectors;
    return dispatch("sum", {
      entry,
      constants,
      bindings: { y: y.place, x: x?.place, norm: context.placeIf(source?.norm) },
      slab: { vectors: count, x: x?.base ?? 0, y: y.base, first: slab.first * vectors },
      invocations: count,
      cost: cost * slab.count / rows,
    });
  });
}
