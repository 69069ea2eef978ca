/** Hosts kernels_wgsl/accumulate.wgsl. @module */
import type { Accumulate } from "../../plan/steps.ts";
import type { Context, Dispatch } from "./context.ts";
import { dispatch } from "./dispatch.ts";
import { listTensors, PORTION } from "./tensor_list.ts";

/** Estimated FLOP of a vector. */
const COST = 20;

export function accumulate(step: Accumulate, context: Context): Dispatch[] {
  const constants = { PORTION, PART: { float: 1 / step.batches } };
  const added = context.place(step.added);
  const rows = step.entries.map(({ gradient, accumulated }) => ({
    tensors: [gradient, accumulated],
  }));
  const { tensors, parts } = listTensors(context, rows, { beside: [added], costEach: COST });
  return parts.map(({ firstTensor, tensorCount, vectors, portions, windows }) => {
    const [gradient, accumulated] = windows;
    return dispatch("accumulate", {
      entry: "accumulate",
      constants,
      bindings: { added, tensors, gradient, accumulated },
      slab: { firstTensor, tensorCount },
      group: PORTION,
      invocations: portions * PORTION,
      cost: vectors * COST,
    });
  });
}
