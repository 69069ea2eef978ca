/**
 * Tables with one entry for each kind of step: its kernels, its operands, its cost. The type makes
 * a table complete: a new kind of step is one new entry in each table.
 *
 * @module
 */
import type { Step, StepKind } from "./steps.ts";

/** The steps of one kind. */
export type StepOf<Kind extends StepKind> = Extract<Step, { readonly kind: Kind }>;

/** One function for each kind of step. */
export type Lowering<Context, Result> = {
  readonly [Kind in StepKind]: (step: StepOf<Kind>, context: Context) => Result;
};

/** Applies a table's entry for a step's kind to the step. */
export function lowerWith<Context, Result>(
  table: Lowering<Context, Result>,
  step: Step,
  context: Context,
): Result {
  // TypeScript cannot infer that the entry and the step have the same kind.
  const entry = table[step.kind] as (step: Step, context: Context) => Result;
  return entry(step, context);
}
