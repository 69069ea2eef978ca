/**
 * The training loss with its gradient, and the overlap counts.
 *
 * Probabilities are float32, as in PyTorch: a logit above 16.6 makes p exactly 1, which determines
 * the logarithm and both gradients (see losses.ts). The few numbers of the Dice term are float32
 * too; otherwise its difference of nearly equal numbers would keep digits that float32 loses. Sums
 * are exact.
 *
 * @module
 */
import { type LossTermKind, parametersOfTerm } from "../../lib/plan/losses.ts";
import type { Loss, Overlap } from "../../lib/plan/steps.ts";
import { type Store, zeros } from "./values.ts";

const f32 = Math.fround;

/** 1 / (1 + exp(-x)), each operation rounded to float32. */
function sigmoid(x: number): number {
  return f32(1 / f32(1 + f32(Math.exp(-x))));
}

/** The logarithm of a float32, not below -100. */
function clampedLog(p: number): number {
  return Math.max(Math.log(p), -100);
}

/** p (1 - p), each operation rounded to float32. */
function spread(p: number): number {
  return f32(p * f32(1 - p));
}

/** A term's value and its derivative by the probability of a pixel. */
interface TermValue {
  readonly value: number;
  readonly slope: (p: number, t: number) => number;
}

/** Computes a kind of term from probabilities, mask and parameters. */
type TermFormula = (
  p: Float64Array,
  mask: Float64Array,
  parameters: Readonly<Record<string, number>>,
) => TermValue;

const TERMS: Readonly<Record<LossTermKind, TermFormula>> = {
  bce(p, mask) {
    let sum = 0;
    p.forEach((value, index) => {
      const t = mask[index];
      sum -= t * clampedLog(value) + (1 - t) * clampedLog(f32(1 - value));
    });
    return {
      value: sum / p.length,
      slope: (value, t) => (value - t) / Math.max(spread(value), 1e-12) / p.length,
    };
  },
  dice(p, mask) {
    let sumOfProducts = 0;
    let sumOfBoth = 0;
    p.forEach((value, index) => {
      sumOfProducts += value * mask[index];
      sumOfBoth += value + mask[index];
    });
    const numerator = f32(2 * sumOfProducts + 1);
    const denominator = f32(sumOfBoth + 1);
    return {
      value: f32(1 - f32(numerator / denominator)),
      slope: (_, t) => (numerator - 2 * t * denominator) / denominator ** 2,
    };
  },
};

export function loss(step: Loss, store: Store): void {
  const logits = store.get(step.logits);
  const mask = store.get(step.mask).data;
  const p = logits.data.map(sigmoid);
  const terms = step.terms.map((term) => ({
    weight: term.weight,
    ...TERMS[term.kind](p, mask, parametersOfTerm(term)),
  }));
  const total = terms.reduce((sum, { weight, value }) => sum + weight * value, 0);
  const values = [total, ...terms.map(({ value }) => value)];
  store.set(step.result, { shape: [values.length], data: Float64Array.from(values) });

  if (step.gradient === undefined) return;
  const gradient = p.map((value, index) => {
    const slopes = terms.map(({ weight, slope }) => weight * slope(value, mask[index]));
    return slopes.reduce((sum, slope) => sum + slope, 0) * spread(value);
  });
  store.set(step.gradient, { shape: logits.shape, data: gradient });
}

export function overlap(step: Overlap, store: Store): void {
  const { shape: [n], data: logits } = store.get(step.logits);
  const mask = store.get(step.mask).data;
  const counts = zeros(n, 3);
  const perImage = logits.length / n;
  logits.forEach((logit, index) => {
    const row = Math.floor(index / perImage) * 3;
    const predicted = logit > 0 ? 1 : 0;
    const truth = mask[index] > 0.5 ? 1 : 0;
    counts.data[row] += predicted * truth;
    counts.data[row + 1] += predicted;
    counts.data[row + 2] += truth;
  });
  store.set(step.result, counts);
}
