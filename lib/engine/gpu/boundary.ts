/** Hosts kernels_wgsl/boundary.wgsl. @module */
import { elementCount } from "../../core/tensor.ts";
import type { Boundary } from "../../plan/steps.ts";
import type { Context, Dispatch } from "./context.ts";
import { dispatch } from "./dispatch.ts";

export function boundary({ mask, side, out }: Boundary, context: Context): Dispatch[] {
  const shape = context.shape(mask);
  const [, , height, width] = shape;
  const pixels = elementCount(shape);
  const [sums] = context.workspace(context.place(mask).bytes);
  const common = {
    constants: {},
    bindings: { mask: context.place(mask), sums, out: context.place(out) },
    slab: { pixels, height, width, radius: side >> 1 },
    invocations: pixels,
    cost: pixels * side * 4,
  };
  return [
    dispatch("boundary", { ...common, entry: "rows" }),
    dispatch("boundary", { ...common, entry: "columns" }),
  ];
}
