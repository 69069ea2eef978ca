/** Hosts kernels_wgsl/adam.wgsl. @module */
import type { Adam } from "../../plan/steps.ts";
import type { Context, Dispatch } from "./context.ts";
import { dispatch } from "./dispatch.ts";
import { VECTOR_BYTES } from "./layout.ts";

export function adam(step: Adam, context: Context): Dispatch[] {
  const [rates] = context.workspace(VECTOR_BYTES);
  const rate = context.place(step.rate);
  return [
    dispatch("adam", {
      entry: "prepare",
      constants: {},
      bindings: {
        rate,
        rates,
        parameter: undefined,
        gradient: undefined,
        firstMoment: undefined,
        secondMoment: undefined,
      },
      slab: { vectors: 0 },
      invocations: 1,
      cost: 100,
    }),
    ...step.entries.map((entry): Dispatch => {
      const parameter = context.place(entry.parameter);
      const vectors = parameter.bytes / VECTOR_BYTES;
      return dispatch("adam", {
        entry: "update",
        constants: {},
        bindings: {
          rate,
          rates,
          parameter,
          gradient: context.place(entry.gradient),
          firstMoment: context.place(entry.firstMoment),
          secondMoment: context.place(entry.secondMoment),
        },
        slab: { vectors },
        invocations: vectors,
        cost: vectors * 60,
      });
    }),
  ];
}
