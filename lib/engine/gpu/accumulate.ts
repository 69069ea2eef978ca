/** Hosts kernels_wgsl/accumulate.wgsl. @module */
import type { Accumulate } from "../../plan/steps.ts";
import type { Context, Dispatch } from "./context.ts";
import { dispatch } from "./dispatch.ts";
import { VECTOR_BYTES } from "./layout.ts";

export function accumulate(
  { entries, batches, added }: Accumulate,
  context: Context,
): Dispatch[] {
  const constants = { PART: { float: 1 / batches } };
  return entries.map((entry) => {
    const gradient = context.place(entry.gradient);
    const accumulated = context.place(entry.accumulated);
    const vectors = gradient.bytes / VECTOR_BYTES;
    return dispatch("accumulate", {
      entry: "accumulate",
      constants,
      bindings: { added: context.place(added), gradient, accumulated },
      slab: { vectors },
      invocations: vectors,
      cost: vectors * 20,
    });
  });
}
