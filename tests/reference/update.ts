/** The optimisers by rule. @module */
import type { OptimizerName } from "../../lib/plan/optimizers.ts";
import type { Update } from "../../lib/plan/steps.ts";
import { adam } from "./adam.ts";
import type { Store } from "./values.ts";

const RULES: Readonly<Record<OptimizerName, (step: Update, store: Store) => void>> = { adam };

export function update(step: Update, store: Store): void {
  RULES[step.rule](step, store);
}
