/** Hosts kernels_wgsl/loss.wgsl and overlap.wgsl. @module */
import { elementCount } from "../../core/tensor.ts";
import type { Loss, Overlap } from "../../plan/steps.ts";
import type { Context, Dispatch } from "./context.ts";
import { VECTOR_BYTES } from "./layout.ts";
import { GROUP } from "./pipelines.ts";

/** Pixels of a piece of the loss's sums: PIECE vectors of loss.wgsl. */
const LOSS_PIXELS = 256;

/** PIECE of overlap.wgsl. */
const OVERLAP_PIXELS = 256;

export function loss(step: Loss, context: Context): Dispatch[] {
  const pixels = elementCount(context.shape(step.logits));
  const pieces = Math.ceil(pixels / LOSS_PIXELS);
  const [parts, coefficients] = context.workspace(pieces * VECTOR_BYTES, VECTOR_BYTES);
  const dispatch = (entry: string, invocations: number, cost: number): Dispatch => ({
    kernel: "loss",
    entry,
    constants: {},
    bindings: [
      context.place(step.logits),
      context.place(step.mask),
      parts,
      context.place(step.result),
      coefficients,
      context.placeIf(step.gradient),
    ],
    slab: [pixels, pieces],
    invocations,
    cost,
  });
  const dispatches = [
    dispatch("sums", pieces, pixels * 100),
    dispatch("totals", GROUP, pieces * 4),
  ];
  if (step.gradient !== undefined) {
    dispatches.push(dispatch("gradient", Math.ceil(pixels / 4), pixels * 60));
  }
  return dispatches;
}

export function overlap(step: Overlap, context: Context): Dispatch[] {
  const [images, ...rest] = context.shape(step.logits);
  const values = elementCount(rest);
  const pieces = Math.ceil(values / OVERLAP_PIXELS);
  const [parts] = context.workspace(images * pieces * VECTOR_BYTES);
  const dispatch = (entry: string, invocations: number, cost: number): Dispatch => ({
    kernel: "overlap",
    entry,
    constants: {},
    bindings: [
      context.place(step.logits),
      context.place(step.mask),
      parts,
      context.place(step.result),
    ],
    slab: [images, values, pieces],
    invocations,
    cost,
  });
  return [
    dispatch("counts", images * pieces, images * values * 10),
    dispatch("totals", images, images * pieces * 4),
  ];
}
