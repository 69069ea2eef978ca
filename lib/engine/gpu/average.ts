/** Hosts kernels_wgsl/average.wgsl. @module */
import type { Average } from "../../plan/steps.ts";
import type { Context, Dispatch } from "./context.ts";
import { listDispatches } from "./tensor_list.ts";

export function average(step: Average, context: Context): Dispatch[] {
  const rows = step.entries.map(({ value, average }) => ({ tensors: [value, average] }));
  return listDispatches(context, rows, {
    kernel: "average",
    entry: "average",
    // In double precision: a GPU would lose digits of 1 - 0.999.
    constants: { ONE_MINUS_DECAY: { float: 1 - step.decay } },
    beside: [context.place(step.rate)],
    costEach: 30,
  });
}
