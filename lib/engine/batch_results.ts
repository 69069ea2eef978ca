/** What the steps `loss` and `overlap` of a plan have computed. @module */
import type { OverlapCounts } from "../core/batch.ts";
import { nameOfTerm } from "../plan/losses.ts";
import { type Plan, stepsOf } from "../plan/plan.ts";
import type { Floats } from "./backend.ts";
import type { LossParts } from "./engine.ts";

/** A function that reads the result of the loss, which all plans share. */
export function lossReader([plan]: readonly Plan[]): (result: Floats) => LossParts {
  // Each loss of a plan has the same terms.
  const loss = stepsOf(plan).find((step) => step.kind === "loss");
  const names = loss?.terms.map(nameOfTerm) ?? [];
  return ([loss, ...values]) => {
    return { loss, terms: Object.fromEntries(names.map((name, i) => [name, values[i]])) };
  };
}

/** The counts of images from the values of a step `overlap`. */
export function overlapsOf(values: Floats): OverlapCounts[] {
  return Array.from({ length: values.length / 3 }, (_, i) => {
    const [intersection, predicted, truth] = values.subarray(3 * i, 3 * i + 3);
    return { intersection, predicted, truth };
  });
}
