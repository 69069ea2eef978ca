/** Hosts kernels_wgsl/reduce.wgsl. @module */
import type { Region } from "../../plan/memory_plan.ts";
import { type Context, type Dispatch, windowOf } from "./context.ts";
import { dispatch } from "./dispatch.ts";
import { VECTOR_BYTES } from "./layout.ts";
import { slabsOf } from "./slabs.ts";

/** Adds `partialCount` contiguous partials of `out`'s size, in order. */
export function sumPartials(
  context: Context,
  out: Region,
  partials: Region,
  partialCount: number,
): Dispatch[] {
  const vectors = out.bytes / VECTOR_BYTES;
  const work = { units: partialCount, unitBytes: out.bytes, cost: vectors * partialCount * 8 };
  return slabsOf(context, work).map(({ first, count }) => {
    const view = windowOf(partials, first * vectors, (first + count) * vectors);
    return dispatch("reduce", {
      entry: "reduce",
      constants: {},
      bindings: { partials: view.place, out },
      slab: { vectors, firstPartial: first, partialCount: count, partials: view.base },
      invocations: vectors,
      cost: vectors * count * 8,
    });
  });
}
