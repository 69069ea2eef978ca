/** Hosts kernels_wgsl/overlap.wgsl. @module */
import { elementCount } from "../../core/tensor.ts";
import type { Overlap } from "../../plan/steps.ts";
import type { Context, Dispatch } from "./context.ts";
import { dispatch } from "./dispatch.ts";
import { VECTOR_BYTES } from "./layout.ts";

/** Values of an image that one partial count covers. */
const PARTIAL_VALUES = 256;

export function overlap(step: Overlap, context: Context): Dispatch[] {
  const [images, ...rest] = context.shape(step.logits);
  const values = elementCount(rest);
  const partialCount = Math.ceil(values / PARTIAL_VALUES);
  const [partials] = context.workspace(images * partialCount * VECTOR_BYTES);
  const common = {
    constants: { PARTIAL_VALUES },
    bindings: {
      logits: context.place(step.logits),
      mask: context.place(step.mask),
      partials,
      result: context.place(step.result),
    },
    slab: { images, values, partialCount },
  };
  return [
    dispatch("overlap", {
      ...common,
      entry: "counts",
      invocations: images * partialCount,
      cost: images * values * 10,
    }),
    dispatch("overlap", {
      ...common,
      entry: "totals",
      invocations: images,
      cost: images * partialCount * 4,
    }),
  ];
}
