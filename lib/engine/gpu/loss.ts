/** Hosts kernels_wgsl/loss.wgsl. @module */
import { elementCount } from "../../core/tensor.ts";
import { LOSS_TERMS, type LossTermKind, parametersOfTerm } from "../../plan/losses.ts";
import type { Loss } from "../../plan/steps.ts";
import { type Constant, constantName, type Context, type Dispatch } from "./context.ts";
import { type ConstantsOf, dispatch } from "./dispatch.ts";
import { VECTOR_BYTES } from "./layout.ts";
import { GROUP } from "./pipelines.ts";

/** Vectors of four pixels that a partial sum covers. */
const PARTIAL_VECTORS = 64;

type Constants = ConstantsOf<"loss">;

export function loss(step: Loss, context: Context): Dispatch[] {
  const pixels = elementCount(context.shape(step.logits));
  const partialCount = Math.ceil(pixels / (4 * PARTIAL_VECTORS));
  const [partials, allSums] = context.workspace(partialCount * VECTOR_BYTES, VECTOR_BYTES);
  const common = {
    constants: constantsOf(step),
    bindings: {
      logits: context.place(step.logits),
      mask: context.place(step.mask),
      partials,
      result: context.place(step.result),
      allSums,
      gradients: context.placeIf(step.gradient),
    },
    slab: { pixels, partialCount },
  };
  const dispatches = [
    dispatch("loss", { ...common, entry: "sums", invocations: partialCount, cost: pixels * 100 }),
    dispatch("loss", { ...common, entry: "totals", invocations: GROUP, cost: partialCount * 4 }),
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
 * Constants of each kind of term X: its place in the result, X_PLACE (0 where the loss lacks it),
 * X_WEIGHT, and its parameters X_NAME.
 */
function constantsOf({ terms }: Loss): Constants {
  const constants: Record<string, Constant> = { PARTIAL_VECTORS };
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
