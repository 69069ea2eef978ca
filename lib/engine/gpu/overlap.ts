/** Hosts kernels_wgsl/overlap.wgsl. @module */
import { elementCount } from "../../core/tensor.ts";
import type { Overlap } from "../../plan/steps.ts";
import type { Context, Dispatch } from "./context.ts";
import { dispatch } from "./dispatch.ts";
import { VECTOR_BYTES } from "./layout.ts";

/** Values of an image that an invocation counts. */
const PIECE = 256;

export function overlap(step: Overlap, context: Context): Dispatch[] {
  const [images, ...rest] = context.shape(step.logits);
  const values = elementCount(rest);
  const pieces = Math.ceil(values / PIECE);
  const [parts] = context.workspace(images * pieces * VECTOR_BYTES);
  const common = {
    constants: { PIECE },
    bindings: {
      logits: context.place(step.logits),
      mask: context.place(step.mask),
      parts,
      result: context.place(step.result),
    },
    slab: { images, values, pieces },
  };
  return [
    dispatch("overlap", {
      ...common,
      entry: "counts",
      invocations: images * pieces,
      cost: images * values * 10,
    }),
    dispatch("overlap", {
      ...common,
      entry: "totals",
      invocations: images,
      cost: images * pieces * 4,
    }),
  ];
}
