/** Hosts kernels_wgsl/reduce.wgsl. @module */
import type { Region } from "../../plan/memory_plan.ts";
import { type Context, type Dispatch, windowOf } from "./context.ts";
import { dispatch } from "./dispatch.ts";
import { VECTOR_BYTES } from "./layout.ts";
import { slabsOf } from "./slabs.ts";

/** Adds `copies` arrays of `out`'s size that lie one after the other, in order. */
export function sumPartials(
  context: Context,
  out: Region,
  parts: Region,
  copies: number,
): Dispatch[] {
  const vectors = out.bytes / VECTOR_BYTES;
  const work = { units: copies, unitBytes: out.bytes, cost: vectors * copies * 8 };
  return slabsOf(context, work).map(({ first, count }) => {
    const view = windowOf(parts, first * vectors, (first + count) * vectors);
    return dispatch("reduce", {
      entry: "reduce",
      constants: {},
      bindings: { parts: view.place, out },
      slab: { vectors, firstCopy: first, copies: count, parts: view.base },
      invocations: vectors,
      cost: vectors * count * 8,
    });
  });
}
