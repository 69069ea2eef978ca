/** Hosts kernels_wgsl/loss.wgsl. @module */
import { elementCount } from "../../core/tensor.ts";
import type { Loss } from "../../plan/steps.ts";
import type { Context, Dispatch } from "./context.ts";
import { dispatch } from "./dispatch.ts";
import { VECTOR_BYTES } from "./layout.ts";
import { GROUP } from "./pipelines.ts";

/** Vectors of four pixels in a piece of the sums. */
const PIECE = 64;

export function loss(step: Loss, context: Context): Dispatch[] {
  const pixels = elementCount(context.shape(step.logits));
  const pieces = Math.ceil(pixels / (4 * PIECE));
  const [parts, coefficients] = context.workspace(pieces * VECTOR_BYTES, VECTOR_BYTES);
  const common = {
    constants: { PIECE },
    bindings: {
      logits: context.place(step.logits),
      mask: context.place(step.mask),
      parts,
      result: context.place(step.result),
      coefficients,
      gradients: context.placeIf(step.gradient),
    },
    slab: { pixels, pieces },
  };
  const dispatches = [
    dispatch("loss", { ...common, entry: "sums", invocations: pieces, cost: pixels * 100 }),
    dispatch("loss", { ...common, entry: "totals", invocations: GROUP, cost: pieces * 4 }),
  ];
  if (step.gradient !== undefined) {
    const invocations = Math.ceil(pixels / 4);
    dispatches.push(
      dispatch("loss", { ...common, entry: "gradient", invocations, cost: pixels * 60 }),
    );
  }
  return dispatches;
}
