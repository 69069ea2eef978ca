/** Hosts kernels_wgsl/average.wgsl. @module */
import type { Average } from "../../plan/steps.ts";
import type { Context, Dispatch } from "./context.ts";
import { dispatch } from "./dispatch.ts";
import { VECTOR_BYTES } from "./layout.ts";

export function average({ entries, decay, rate }: Average, context: Context): Dispatch[] {
  // In double precision: a GPU would lose digits of 1 - 0.999.
  const constants = { ONE_MINUS_DECAY: { float: 1 - decay } };
  return entries.map((entry) => {
    const [value, average] = [context.place(entry.value), context.place(entry.average)];
    const vectors = value.bytes / VECTOR_BYTES;
    return dispatch("average", {
      entry: "average",
      constants,
      bindings: { rate: context.place(rate), value, averaged: average },
      slab: { vectors },
      invocations: vectors,
      cost: vectors * 30,
    });
  });
}
