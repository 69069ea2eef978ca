/** Hosts kernels_wgsl/accumulate.wgsl. @module */
import type { Accumulate } from "../../plan/steps.ts";
import type { Context, Dispatch } from "./context.ts";
import { listDispatches } from "./tensor_list.ts";

export function accumulate(step: Accumulate, context: Context): Dispatch[] {
  const rows = step.entries.map(({ gradient, accumulated }) => ({
    tensors: [gradient, accumulated],
  }));
  return listDispatches(context, rows, {
    kernel: "accumulate",
    entry: "accumulate",
    constants: { PART: { float: 1 / step.batches } },
    beside: [context.place(step.added)],
    costEach: 20,
  });
}
