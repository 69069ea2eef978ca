/** Hosts kernels_wgsl/avgpool2.wgsl. @module */
import { elementCount } from "../../core/tensor.ts";
import type { AvgPool2 } from "../../plan/steps.ts";
import type { Context, Dispatch } from "./context.ts";
import { dispatch } from "./dispatch.ts";

export function avgpool2({ plane, out }: AvgPool2, context: Context): Dispatch[] {
  const [, , height, width] = context.shape(plane);
  const values = elementCount(context.shape(out));
  return [dispatch("avgpool2", {
    entry: "pool",
    constants: {},
    bindings: { x: context.place(plane), y: context.place(out) },
    slab: { values, height, width },
    invocations: values,
    cost: values * 8,
  })];
}
