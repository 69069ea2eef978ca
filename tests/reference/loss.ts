/**
 * The training loss with its gradient, and the overlap counts.
 *
 * Probabilities are float32, because PyTorch's are: a logit above 16.6 makes p exactly 1, and from there the
 * logarithm and both gradients follow (see {@linkcode Loss}). So are the few numbers that the Dice term is made
 * of, whose 1 - 1 would otherwise keep what float32 loses. Sums are exact.
 *
 * @module
 */
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

export function loss(step: Loss, store: Store): void {
  const logits = store.get(step.logits);
  const mask = store.get(step.mask).data;
  const p = logits.data.map(sigmoid);

  let crossEntropy = 0;
  let sumOfProducts = 0;
  let sumOfBoth = 0;
  p.forEach((value, index) => {
    const t = mask[index];
    crossEntropy -= t * clampedLog(value) + (1 - t) * clampedLog(f32(1 - value));
    sumOfProducts += value * t;
    sumOfBoth += value + t;
  });
  const bce = crossEntropy / p.length;
  const numerator = f32(2 * sumOfProducts + 1);
  const denominator = f32(sumOfBoth + 1);
  const dice = f32(1 - f32(numerator / denominator));
  store.set(step.result, { shape: [3], data: Float64Array.of(bce + dice, bce, dice) });

  if (step.gradient === undefined) return;
  const gradient = p.map((value, index) => {
    const t = mask[index];
    const slope = f32(value * f32(1 - value));
    const fromBce = (value - t) / Math.max(slope, 1e-12) / p.length;
    const fromDice = (numerator - 2 * t * denominator) / denominator ** 2;
    return (fromBce + fromDice) * slope;
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
