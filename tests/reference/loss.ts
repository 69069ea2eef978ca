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
import {
  formulaOfTerm,
  isPerImage,
  type LossFormula,
  type LossTerm,
  parametersOfTerm,
} from "../../lib/plan/losses.ts";
import type { Boundary, Loss, Overlap } from "../../lib/plan/steps.ts";
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

/** The sums of a region: of p m, of p and of m. */
interface Region {
  readonly both: number;
  readonly predicted: number;
  readonly truth: number;
}

/** The derivative of a term by the probability of a pixel with probability p and mask t. */
type Slope = (p: number, t: number) => number;

type Parameters = Readonly<Record<string, number>>;

/** A formula of single pixels: its value and its derivative. */
interface PixelFormula {
  readonly value: (p: number, t: number, parameters: Parameters) => number;
  readonly slope: (p: number, t: number, parameters: Parameters) => number;
}

const crossEntropy: PixelFormula = {
  value: (p, t) => -(t * clampedLog(p) + (1 - t) * clampedLog(f32(1 - p))),
  slope: (p, t) => (p - t) / Math.max(spread(p), 1e-12),
};

const PIXEL_FORMULAS: Readonly<Partial<Record<LossFormula, PixelFormula>>> = {
  bce: crossEntropy,
  focal: {
    value: (p, t, { alpha, gamma }) =>
      balance(t, alpha) * wrongness(p, t) ** gamma * crossEntropy.value(p, t, {}),
    slope: (p, t, { alpha, gamma }) => {
      const wrong = wrongness(p, t);
      const first = wrong ** gamma * crossEntropy.slope(p, t, {});
      if (gamma === 0 || wrong === 0) return balance(t, alpha) * first;
      const second = gamma * wrong ** (gamma - 1) * (1 - 2 * t) * crossEntropy.value(p, t, {});
      return balance(t, alpha) * (first + second);
    },
  },
};

function wrongness(p: number, t: number): number {
  return p * (1 - t) + (1 - p) * t;
}

function balance(t: number, alpha: number): number {
  return alpha * t + (1 - alpha) * (1 - t);
}

/** Formulas of regions: the value, and the derivative by a pixel's probability. */
const REGION_FORMULAS: Readonly<
  Partial<Record<LossFormula, (region: Region, parameters: Parameters) => [number, Slope]>>
> = {
  dice({ both, predicted, truth }) {
    const numerator = f32(2 * both + 1);
    const denominator = f32(predicted + truth + 1);
    return [
      f32(1 - f32(numerator / denominator)),
      (_, t) => (numerator - 2 * t * denominator) / denominator ** 2,
    ];
  },
  tversky({ both, predicted, truth }, { alpha, beta, exponent }) {
    const numerator = f32(both + 1);
    const denominator = f32(both + alpha * (predicted - both) + beta * (truth - both) + 1);
    const value = f32(1 - f32(numerator / denominator));
    const exact = Math.max(1 - numerator / denominator, 1e-6);
    const outer = exponent * exact ** (exponent - 1);
    return [
      Math.max(value, 0) ** exponent,
      (_, t) =>
        outer * (numerator * (alpha + t * (1 - alpha - beta)) - t * denominator) / denominator ** 2,
    ];
  },
};

/** A term's value, and its derivative by the probability of the pixel at an index. */
interface TermValue {
  readonly value: number;
  readonly slope: (index: number) => number;
}

function termValue(
  term: LossTerm,
  p: Float64Array,
  mask: Float64Array,
  boundary: Float64Array | undefined,
  images: number,
): TermValue {
  const formula = formulaOfTerm(term);
  // Kernels take float32.
  const parameters = Object.fromEntries(
    Object.entries(parametersOfTerm(term)).map(([name, value]) => [name, f32(value)]),
  );
  const regions = isPerImage(term) ? images : 1;
  const length = p.length / regions;
  if (formula === "boundary") {
    const weights = boundary!.map((distance) => 1 + parameters.lambda * distance);
    const sums = Array.from({ length: regions }, (_, r) => {
      const own = weights.subarray(r * length, (r + 1) * length);
      return own.reduce((sum, weight) => sum + weight, 0);
    });
    const share = (i: number) => weights[i] / sums[Math.floor(i / length)] / regions;
    return {
      value: p.reduce(
        (sum, value, i) => sum + share(i) * crossEntropy.value(value, mask[i], {}),
        0,
      ),
      slope: (i) => share(i) * crossEntropy.slope(p[i], mask[i], {}),
    };
  }
  const pixel = PIXEL_FORMULAS[formula];
  if (pixel) {
    return {
      value: p.reduce((sum, value, i) => sum + pixel.value(value, mask[i], parameters), 0) /
        p.length,
      slope: (i) => pixel.slope(p[i], mask[i], parameters) / p.length,
    };
  }
  const parts = Array.from({ length: regions }, (_, r) => {
    const [from, to] = [r * length, (r + 1) * length];
    const region = regionOf(p.subarray(from, to), mask.subarray(from, to));
    return REGION_FORMULAS[formula]!(region, parameters);
  });
  return {
    value: parts.reduce((sum, [value]) => sum + value, 0) / regions,
    slope: (i) => parts[Math.floor(i / length)][1](p[i], mask[i]) / regions,
  };
}

function regionOf(p: Float64Array, mask: Float64Array): Region {
  let [both, predicted, truth] = [0, 0, 0];
  p.forEach((value, i) => {
    both += value * mask[i];
    predicted += value;
    truth += mask[i];
  });
  return { both, predicted, truth };
}

export function boundary({ mask, side, out }: Boundary, store: Store): void {
  const { shape, data } = store.get(mask);
  const [, , height, width] = shape;
  const radius = (side - 1) / 2;
  const distances = data.map((own, index) => {
    const x = index % width;
    const y = Math.floor(index / width) % height;
    const top = index - y * width - x;
    let [sum, count] = [0, 0];
    for (let row = Math.max(0, y - radius); row <= Math.min(height - 1, y + radius); row++) {
      for (
        let column = Math.max(0, x - radius);
        column <= Math.min(width - 1, x + radius);
        column++
      ) {
        sum += data[top + row * width + column];
        count++;
      }
    }
    return Math.abs(sum / count - own);
  });
  store.set(out, { shape, data: distances });
}

export function loss(step: Loss, store: Store): void {
  const logits = store.get(step.logits);
  const mask = store.get(step.mask).data;
  const boundary = step.boundary === undefined ? undefined : store.get(step.boundary).data;
  const p = logits.data.map(sigmoid);
  const terms = step.terms.map((term) => ({
    weight: term.weight,
    ...termValue(term, p, mask, boundary, logits.shape[0]),
  }));
  const total = terms.reduce((sum, { weight, value }) => sum + weight * value, 0);
  const share = f32(step.share ?? 1);
  const before = step.adds ? store.get(step.result).data : [];
  const values = [total, ...terms.map(({ value }) => value)]
    .map((value, i) => (before[i] ?? 0) + share * value);
  store.set(step.result, { shape: [values.length], data: Float64Array.from(values) });

  if (step.gradient === undefined) return;
  const scale = step.scaling === undefined ? 1 : store.get(step.scaling).data[0];
  const gradient = p.map((value, index) => {
    const slopes = terms.map(({ weight, slope }) => weight * slope(index));
    return scale * share * slopes.reduce((sum, slope) => sum + slope, 0) * spread(value);
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
