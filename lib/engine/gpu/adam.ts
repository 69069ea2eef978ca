/** Hosts kernels_wgsl/adam.wgsl. @module */
import type { Adam } from "../../plan/steps.ts";
import type { Context, Dispatch } from "./context.ts";
import { VECTOR_BYTES } from "./layout.ts";

export function adam(step: Adam, context: Context): Dispatch[] {
  const [rates] = context.workspace(VECTOR_BYTES);
  const rate = context.place(step.rate);
  const common = { kernel: "adam", constants: {} };
  return [
    {
      ...common,
      entry: "prepare",
      bindings: [rate, rates, undefined, undefined, undefined, undefined],
      slab: [0],
      invocations: 1,
      cost: 100,
    },
    ...step.entries.map(({ parameter, gradient, firstMoment, secondMoment }): Dispatch => {
      const arrays = [parameter, gradient, firstMoment, secondMoment];
      const places = arrays.map((name) => context.place(name));
      const vectors = places[0].bytes / VECTOR_BYTES;
      return {
        ...common,
        entry: "update",
        bindings: [rate, rates, ...places],
        slab: [vectors],
        invocations: vectors,
        cost: vectors * 60,
      };
    }),
  ];
}
