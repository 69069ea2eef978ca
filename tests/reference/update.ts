/**
 * The optimisers, one formula for each rule.
 *
 * @module
 */
import type { OptimizerName } from "../../lib/plan/optimizers.ts";
import type { Update } from "../../lib/plan/steps.ts";
import type { Store } from "./values.ts";

const RULES: Readonly<Record<OptimizerName, (step: Update, store: Store) => void>> = { adam };

export function update(step: Update, store: Store): void {
  RULES[step.rule](step, store);
}

/** Adam (Kingma and Ba, 2015, algorithm 1) with PyTorch's order of operations. */
function adam(step: Update, store: Store): void {
  const { beta1, beta2, epsilon } = step.hyper;
  const [rate, t] = store.get(step.rate).data;
  for (const { parameter, slots, ...entry } of step.entries) {
    const gradient = store.get(entry.gradient).data;
    const { shape, data: before } = store.get(parameter);
    const m = store.get(slots.exp_avg).data.map((value, i) =>
      beta1 * value + (1 - beta1) * gradient[i]
    );
    const v = store.get(slots.exp_avg_sq).data.map((value, i) =>
      beta2 * value + (1 - beta2) * gradient[i] ** 2
    );
    const stepSize = rate / (1 - beta1 ** t);
    const correction = Math.sqrt(1 - beta2 ** t);
    const after = before.map((value, i) =>
      value - stepSize * m[i] / (Math.sqrt(v[i]) / correction + epsilon)
    );
    store.set(parameter, { shape, data: after });
    store.set(slots.exp_avg, { shape, data: m });
    store.set(slots.exp_avg_sq, { shape, data: v });
  }
}
