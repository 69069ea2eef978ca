/** Hosts kernels_wgsl/reduce.wgsl. @module */
import type { Dispatch, Place } from "./context.ts";
import { VECTOR_BYTES } from "./layout.ts";

/** Adds `copies` arrays of `out`'s size that lie one after the other, in order. */
export function sumParts(out: Place, parts: Place, copies: number): Dispatch {
  const vectors = out.bytes / VECTOR_BYTES;
  return {
    kernel: "reduce",
    entry: "reduce",
    constants: {},
    bindings: [parts, out],
    slab: [vectors, copies, vectors],
    invocations: vectors,
    cost: vectors * copies * 8,
  };
}
