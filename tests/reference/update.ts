/**
 * The optimisers, one formula for each rule, the gradients of several batches, the norm that limits
 * them, and the moving average of the weights.
 *
 * @module
 */
import type { OptimizerName } from "../../lib/plan/optimizers.ts";
import { SCALE_BOUNDS } from "../../lib/plan/loss_scaling.ts";
import type {
  Accumulate,
  Average,
  GradientNorm,
  LossScaling,
  Update,
} from "../../lib/plan/steps.ts";
import type { Store } from "./values.ts";

/** One parameter: its values, its gradients, its slots by name. */
interface Parameter {
  readonly p: Float64Array;
  readonly g: Float64Array;
  readonly slots: Readonly<Record<string, Float64Array>>;
  readonly decays: boolean;
}

/** The parameter and its slots after a step, by the same names. */
type Updated = Pick<Parameter, "p" | "slots">;

type Rule = (
  parameter: Parameter,
  hyper: Readonly<Record<string, number>>,
  rate: number,
  t: number,
) => Updated;

const RULES: Readonly<Record<OptimizerName, Rule>> = {
  adam,
  adamw({ p, decays, ...rest }, hyper, rate, t) {
    const shrink = decays ? 1 - rate * hyper.weightDecay : 1;
    return adam({ p: p.map((value) => value * shrink), decays, ...rest }, hyper, rate, t);
  },
  sgd({ p, g, slots, decays }, { momentum, weightDecay }, rate) {
    const d = decays ? g.map((value, i) => value + weightDecay * p[i]) : g;
    const b = slots.momentum_buffer.map((value, i) => momentum * value + d[i]);
    return {
      p: p.map((value, i) => value - rate * (d[i] + momentum * b[i])),
      slots: { momentum_buffer: b },
    };
  },
};

/** Adam (Kingma and Ba, 2015, algorithm 1) with PyTorch's order of operations. */
function adam(
  { p, g, slots }: Parameter,
  { beta1, beta2, epsilon }: Readonly<Record<string, number>>,
  rate: number,
  t: number,
): Updated {
  const m = slots.exp_avg.map((value, i) => beta1 * value + (1 - beta1) * g[i]);
  const v = slots.exp_avg_sq.map((value, i) => beta2 * value + (1 - beta2) * g[i] ** 2);
  const stepSize = rate / (1 - beta1 ** t);
  const correction = Math.sqrt(1 - beta2 ** t);
  return {
    p: p.map((value, i) => value - stepSize * m[i] / (Math.sqrt(v[i]) / correction + epsilon)),
    slots: { exp_avg: m, exp_avg_sq: v },
  };
}

export function update(step: Update, store: Store): void {
  const [rate, t] = store.get(step.rate).data;
  const factor = step.clip === undefined ? 1 : store.get(step.clip).data[0];
  if (factor === -1) return;
  for (const { parameter, gradient, slots, decays = false } of step.entries) {
    const { shape, data: p } = store.get(parameter);
    const g = store.get(gradient).data.map((value) => value * factor);
    const before = Object.fromEntries(
      Object.entries(slots).map(([slot, name]) => [slot, store.get(name).data]),
    );
    const after = RULES[step.rule]({ p, g, slots: before, decays }, step.hyper, rate, t);
    store.set(parameter, { shape, data: after.p });
    for (const [slot, name] of Object.entries(slots)) {
      store.set(name, { shape, data: after.slots[slot] });
    }
  }
}

/** The gradients of a step's batches, each divided by the number of batches of a whole step. */
export function accumulate({ entries, batches, added }: Accumulate, store: Store): void {
  const isFirst = store.get(added).data[0] === 0;
  for (const { gradient, accumulated } of entries) {
    const { shape, data } = store.get(accumulated);
    const g = store.get(gradient).data;
    const sum = data.map((before, i) => (isFirst ? 0 : before) + g[i] / batches);
    store.set(accumulated, { shape, data: sum });
  }
}

/** The Euclidean norm of all gradients, and the factor that limits it. */
export function gradientNorm({ gradients, limit, result }: GradientNorm, store: Store): void {
  const squares = gradients.flatMap((name) => [...store.get(name).data.map((g) => g * g)]);
  const norm = Math.sqrt(squares.reduce((sum, square) => sum + square, 0));
  const data = Float64Array.of(Math.min(1, limit / (norm + 1e-6)), norm);
  store.set(result, { shape: [2], data });
}

/** The factor of the gradients, and the next scale, by the norm of the scaled gradients. */
export function lossScaling(step: LossScaling, store: Store): void {
  const [, norm] = store.get(step.clip).data;
  const [scale, steps, skipped] = store.get(step.scaling).data;
  const [rate, t] = store.get(step.rate).data;
  const set = (name: string, ...values: number[]) =>
    store.set(name, { shape: [values.length], data: Float64Array.from(values) });
  set(step.rate, rate, t - skipped);
  if (!Number.isFinite(norm)) {
    set(step.clip, -1, norm);
    set(step.scaling, Math.max(scale / 2, SCALE_BOUNDS.least), 0, skipped + 1);
    return;
  }
  const limited = step.limit === undefined ? 1 : Math.min(1, step.limit / (norm / scale + 1e-6));
  set(step.clip, limited / scale, norm / scale);
  const grows = steps + 1 >= step.interval;
  const next = grows ? Math.min(2 * scale, SCALE_BOUNDS.most) : scale;
  set(step.scaling, next, grows ? 0 : steps + 1, skipped);
}

/** Exponential moving averages whose decay rises to its value in the first steps. */
export function average({ entries, decay, rate }: Average, store: Store): void {
  const [, t] = store.get(rate).data;
  const d = Math.min(decay, (1 + t) / (10 + t));
  for (const { value, average } of entries) {
    const { shape, data } = store.get(average);
    const w = store.get(value).data;
    store.set(average, { shape, data: data.map((e, i) => d * e + (1 - d) * w[i]) });
  }
}
