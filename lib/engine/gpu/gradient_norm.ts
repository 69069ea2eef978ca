/** Hosts kernels_wgsl/gradient_norm.wgsl. @module */
import type { GradientNorm } from "../../plan/steps.ts";
import type { Context, Dispatch } from "./context.ts";
import { dispatch } from "./dispatch.ts";
import { VECTOR_BYTES } from "./layout.ts";
import { SUM_LANES } from "./partials.ts";
import { listTensors, PORTION } from "./tensor_list.ts";

/** Estimated FLOP of a vector. */
const COST = 10;

export function gradientNorm(step: GradientNorm, context: Context): Dispatch[] {
  const constants = { PORTION, LIMIT: { float: step.limit } };
  let total = 0;
  const rows = step.gradients.map((name) => {
    const firstPartial = total;
    total += Math.ceil(context.place(name).bytes / VECTOR_BYTES / PORTION);
    return { tensors: [name], note: firstPartial };
  });
  const [partials] = context.workspace(total * VECTOR_BYTES);
  const { tensors, parts } = listTensors(context, rows, { beside: [partials], costEach: COST });
  return [
    ...parts.map(({ firstTensor, tensorCount, vectors, portions, windows: [gradient] }) =>
      dispatch("gradient_norm", {
        entry: "squares",
        constants,
        bindings: { tensors, gradient, partials, result: undefined },
        slab: { firstTensor, tensorCount, partialCount: portions },
        invocations: portions,
        cost: vectors * COST,
      })
    ),
    dispatch("gradient_norm", {
      entry: "total",
      constants,
      bindings: {
        tensors: undefined,
        gradient: undefined,
        partials,
        result: context.place(step.result),
      },
      slab: { firstTensor: 0, tensorCount: 0, partialCount: total },
      group: SUM_LANES,
      invocations: SUM_LANES,
      cost: total * 4,
    }),
  ];
}
