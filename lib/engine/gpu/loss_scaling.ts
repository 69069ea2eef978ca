/** Hosts kernels_wgsl/loss_scaling.wgsl. @module */
import { SCALE_BOUNDS } from "../../plan/loss_scaling.ts";
import type { LossScaling } from "../../plan/steps.ts";
import type { Context, Dispatch } from "./context.ts";
import { dispatch } from "./dispatch.ts";

export function lossScaling(
  { clip, scaling, rate, limit, interval }: LossScaling,
  context: Context,
): Dispatch[] {
  return [
    dispatch("loss_scaling", {
      entry: "adjust",
      constants: {
        LIMIT: { float: limit ?? 0 },
        GROWTH_INTERVAL: { float: interval },
        LEAST_SCALE: { float: SCALE_BOUNDS.least },
        MOST_SCALE: { float: SCALE_BOUNDS.most },
      },
      bindings: {
        clip: context.place(clip),
        scaling: context.place(scaling),
        rate: context.place(rate),
      },
      slab: { clips: Number(limit !== undefined) },
      group: 1,
      invocations: 1,
      cost: 100,
    }),
  ];
}
