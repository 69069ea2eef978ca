/** Hosts kernels_wgsl/average.wgsl. @module */
import type { Average } from "../../plan/steps.ts";
import type { Context, Dispatch } from "./context.ts";
import { dispatch } from "./dispatch.ts";
import { listTensors, PORTION } from "./tensor_list.ts";

/** Estimated FLOP of a vector. */
const COST = 30;

export function average(step: Average, context: Context): Dispatch[] {
  // In double precision: a GPU would lose digits of 1 - 0.999.
  const constants = { PORTION, ONE_MINUS_DECAY: { float: 1 - step.decay } };
  const rate = context.place(step.rate);
  const rows = step.entries.map(({ value, average }) => ({ tensors: [value, average] }));
  const { tensors, parts } = listTensors(context, rows, { beside: [rate], costEach: COST });
  return parts.map(({ firstTensor, tensorCount, vectors, portions, windows }) => {
    const [value, averaged] = windows;
    return dispatch("average", {
      entry: "average",
      constants,
      bindings: { rate, tensors, value, averaged },
      slab: { firstTensor, tensorCount },
      group: PORTION,
      invocations: portions * PORTION,
      cost: vectors * COST,
    });
  });
}
