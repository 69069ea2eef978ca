/** Hosts kernels_wgsl/loss.wgsl. @module */
import { elementCount } from "../../core/tensor.ts";
import { LOSS_TERMS, type LossTermKind, parametersOfTerm } from "../../plan/losses.ts";
import type { Loss } from "../../plan/steps.ts";
import { type Constant, constantName, type Context, type Dispatch } from "./context.ts";
import { type ConstantsOf, dispatch } from "./dispatch.ts";
import { VECTOR_BYTES } from "./layout.ts";
import { GROUP } from "./pipelines.ts";

/** Vectors of four pixels in a piece of the sums. */
const PIECE = 64;

type Constants = ConstantsOf<"loss">;

export function loss(step: Loss, context: Context): Dispatch[] {
  const pixels = elementCount(context.shape(step.logits));
  const pieces = Math.ceil(pixels / (4 * PIECE));
  const [parts, allSums] = context.workspace(pieces * VECTOR_BYTES, VECTOR_BYTES);
  const common = {
    constants: constantsOf(step),
    bindings: {
      logits: context.place(step.logits),
      mask: context.place(step.mask),
      parts,
      result: context.place(step.result),
      allSums,
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

/**
 * Of each kind of term X its place in the result, X_PLACE (0: it is none), X_WEIGHT, and its
 * parameters X_NAME.
 */
function constantsOf({ terms }: Loss): Constants {
  const constants: Record<string, Constant> = { PIECE };
  for (const kind of Object.keys(LOSS_TERMS) as LossTermKind[]) {
    const place = 1 + terms.findIndex((term) => term.kind === kind);
    const term = terms[place - 1] ?? { kind, weight: 0 };
    constants[constantName(`${kind}Place`)] = place;
    const floats = { weight: term.weight, ...parametersOfTerm(term) };
    for (const [name, value] of Object.entries(floats)) {
      constants[`${constantName(kind)}_${constantName(name)}`] = { float: value };
    }
  }
  return constants as Constants;
}
