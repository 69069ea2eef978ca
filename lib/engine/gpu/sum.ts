/** Hosts kernels_wgsl/sum.wgsl. @module */
import type { Source, Sum } from "../../plan/steps.ts";
import { type Context, type Dispatch, reading } from "./context.ts";
import { dispatch } from "./dispatch.ts";
import { blocksOf } from "./layout.ts";
import { mapSlabs } from "./slabs.ts";

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
  const blocks = blocksOf(context.shape(out)[1]);
  return mapSlabs(context, out, 40).map(({ first, count, cost, windowOf }) => {
    const y = windowOf(out);
    const x = source && windowOf(source.tensor);
    return dispatch("sum", {
      entry,
      constants: { ADDS: adds },
      bindings: { y: y.place, x: x?.place, norm: context.placeIf(source?.norm) },
      slab: { vectors: count, x: x?.base ?? 0, y: y.base, first, blocks, ...reading(source) },
      invocations: count,
      cost,
    });
  });
}
