/** Hosts kernels_wgsl/loss.wgsl. @module */
import { elementCount } from "../../core/tensor.ts";
import { formulaOfTerm, isPerImage, LOSS_FORMULAS, parametersOfTerm } from "../../plan/losses.ts";
import type { Loss } from "../../plan/steps.ts";
import { type Constant, type Context, type Dispatch } from "./context.ts";
import { type ConstantsOf, dispatch } from "./dispatch.ts";
import { VECTOR_BYTES } from "./layout.ts";
import { GROUP } from "./pipelines.ts";

/** Vectors of four pixels that a partial sum covers. */
const PARTIAL_VECTORS = 64;

/** Places for terms in the kernel. */
const MOST_TERMS = 4;

/** Bytes of a record of sums. */
const SUMS_BYTES = 2 * VECTOR_BYTES;

type Constants = ConstantsOf<"loss">;

export function loss(step: Loss, context: Context): Dispatch[] {
  const pixels = elementCount(context.shape(step.logits));
  const regions = step.terms.some(isPerImage) ? context.shape(step.logits)[0] : 1;
  const regionPixels = pixels / regions;
  const partialCount = regions * Math.ceil(regionPixels / (4 * PARTIAL_VECTORS));
  const [partials, allSums] = context.workspace(
    partialCount * SUMS_BYTES,
    (1 + regions) * SUMS_BYTES,
  );
  const common = {
    constants: constantsOf(step),
    bindings: {
      logits: context.place(step.logits),
      mask: context.place(step.mask),
      partials,
      result: context.place(step.result),
      allSums,
      gradients: context.placeIf(step.gradient),
      boundary: context.placeIf(step.boundary),
      scaling: context.placeIf(step.scaling),
    },
    slab: { pixels, regionPixels, partialCount, regions },
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

/** The constants of each term in its place, TX_NAME. Places without a term have zeros. */
function constantsOf({ terms, boundary, share = 1, adds = false, scaling }: Loss): Constants {
  if (terms.length > MOST_TERMS) {
    throw new RangeError(`the GPU engine takes at most ${MOST_TERMS} terms of a loss`);
  }
  const constants: Record<string, Constant> = {
    PARTIAL_VECTORS,
    TERM_COUNT: terms.length,
    HAS_BOUNDARY: boundary !== undefined,
    SHARE: { float: share },
    ADDS: adds,
    SCALED: scaling !== undefined,
  };
  for (let place = 0; place < MOST_TERMS; place++) {
    const term = terms.at(place);
    const parameters = term ? Object.values(parametersOfTerm(term)) : [];
    constants[`T${place}_FORMULA`] = term ? LOSS_FORMULAS.indexOf(formulaOfTerm(term)) : 0;
    constants[`T${place}_PER_IMAGE`] = term && isPerImage(term) ? 1 : 0;
    constants[`T${place}_WEIGHT`] = { float: term?.weight ?? 0 };
    for (const [i, name] of ["FIRST", "SECOND", "THIRD"].entries()) {
      constants[`T${place}_${name}`] = { float: parameters[i] ?? 0 };
    }
  }
  return constants as Constants;
}
