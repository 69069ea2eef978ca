/** Hosts kernels_wgsl/loss.wgsl and overlap.wgsl. @module */
import { elementCount } from "../../core/tensor.ts";
import { LOSS_TERMS, type LossTermKind, parametersOfTerm } from "../../plan/losses.ts";
import type { Loss, Overlap } from "../../plan/steps.ts";
import { type Constant, constantName, type Context, type Dispatch } from "./context.ts";
import { VECTOR_BYTES } from "./layout.ts";
import { GROUP } from "./pipelines.ts";

/** Pixels of a piece of the loss's sums: PIECE vectors of loss.wgsl. */
const LOSS_PIXELS = 256;

/** PIECE of overlap.wgsl. */
const OVERLAP_PIXELS = 256;

export function loss(step: Loss, context: Context): Dispatch[] {
  const pixels = elementCount(context.shape(step.logits));
  const pieces = Math.ceil(pixels / LOSS_PIXELS);
  const [parts, totals] = context.workspace(pieces * VECTOR_BYTES, VECTOR_BYTES);
  const dispatch = (entry: string, invocations: number, cost: number): Dispatch => ({
    kernel: "loss",
    entry,
    constants: constantsOf(step),
    bindings: [
      context.place(step.logits),
      context.place(step.mask),
      parts,
      context.place(step.result),
      totals,
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

/** Of each kind of term X its place in the result, X_PLACE (0: it is none), X_WEIGHT, and its parameters X_NAME. */
function constantsOf({ terms }: Loss): Record<string, Constant> {
  const constants: Record<string, Constant> = {};
  for (const kind of Object.keys(LOSS_TERMS) as LossTermKind[]) {
    const place = 1 + terms.findIndex((term) => term.kind === kind);
    const term = terms[place - 1] ?? { kind, weight: 0 };
    constants[constantName(`${kind}Place`)] = place;
    const floats = { weight: term.weight, ...parametersOfTerm(term) };
    for (const [name, value] of Object.entries(floats)) {
      constants[`${constantName(kind)}_${constantName(name)}`] = { float: value };
    }
  }
  return constants;
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
