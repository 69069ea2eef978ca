// The terms of a loss: their values and their derivatives by p (lib/plan/losses.ts).
//
// A term has a case in up to three functions: pixelTerm(), for terms that are a sum over pixels;
// regionValue(); and a function that adds its derivative by p. loss.ts calls them for chunks of
// pixels and for regions.

/** Formulas: their indices in LOSS_FORMULAS of lib/plan/losses.ts. */
const BCE: i32 = 0;
const FOCAL: i32 = 1;
export const BOUNDARY: i32 = 2;
const DICE: i32 = 3;

/** The least value of a Tversky term whose slope is computed: a power below 1 has none at 0. */
const LEAST: f64 = 1e-6;

/** A term of the loss; the host writes the records. */
@unmanaged
export class LossTerm {
  formula: i32;
  /** 1: each image is a region, 0: the batch. */
  perImage: i32;
  weight: f32;
  /** Parameters of the formula. */
  first: f32;
  second: f32;
  third: f32;
}

/**
 * Sums over the pixels of a task, a region or the batch. The sum of each term follows the record.
 */
@unmanaged
export class Sums {
  /** Sum of p m. */
  both: f64;
  predicted: f64;
  truth: f64;
  /** predicted + truth. */
  all: f64;
  /** The sum of the weights of the term `boundary`. */
  weights: f64;
}

/** Bytes of the record of sums; one double per term follows it. */
export const LOSS_SUMS_BYTES: usize = offsetof<Sums>();

// @inline
export function termAt(terms: usize, k: i32): LossTerm {
  return changetype<LossTerm>(terms + <usize> k * offsetof<LossTerm>());
}

/** The sum of term k over the pixels. */
// @inline
export function pixelSum(sums: usize, k: i32): usize {
  return sums + offsetof<Sums>() + <usize> k * 8;
}

// @inline
export function bytesOf(termCount: i32): usize {
  return offsetof<Sums>() + <usize> termCount * 8;
}

/**
 * The sum of a term over pixels with probabilities p, masks m and distances d from their
 * surroundings; 0 for terms that need sums of a region alone.
 */
export function pixelTerm(term: LossTerm, p: usize, m: usize, d: usize, length: i32): f64 {
  let sum: f64 = 0;
  if (term.formula == BCE) {
    for (let i = 0; i < length; i++) {
      const at = <usize> i * 4;
      sum = plusCrossEntropy(sum, load<f32>(p + at), load<f32>(m + at));
    }
  } else if (term.formula == FOCAL) {
    for (let i = 0; i < length; i++) {
      const at = <usize> i * 4;
      const probability = load<f32>(p + at);
      const t = load<f32>(m + at);
      sum += focus(term, probability, t) * plusCrossEntropy(0, probability, t);
    }
  } else if (term.formula == BOUNDARY) {
    for (let i = 0; i < length; i++) {
      const at = <usize> i * 4;
      sum += weightOf(term, load<f32>(d + at)) *
        plusCrossEntropy(0, load<f32>(p + at), load<f32>(m + at));
    }
  }
  return sum;
}

/** The weight of a pixel in the term `boundary`. */
// @inline
function weightOf(term: LossTerm, distance: f32): f64 {
  return 1 + <f64> term.first * <f64> distance;
}

export function weightsOf(term: LossTerm, d: usize, length: i32): f64 {
  let sum: f64 = 0;
  for (let i = 0; i < length; i++) sum += weightOf(term, load<f32>(d + <usize> i * 4));
  return sum;
}

/** A sum plus BCE of one pixel. With a mask of 0 or 1, one logarithm suffices. */
// @inline
function plusCrossEntropy(sum: f64, probability: f32, mask: f32): f64 {
  const t = <f64> mask;
  const q = <f64> (<f32> 1 - probability);
  if (t > 0) sum -= t * Math.max(Math.log(<f64> probability), -100);
  if (t < 1) sum -= (1 - t) * Math.max(Math.log(q), -100);
  return sum;
}

/** By how much a pixel is wrong: 1 - p m - (1 - p) (1 - m). */
// @inline
function wrongness(probability: f32, mask: f32): f64 {
  const p = <f64> probability;
  const t = <f64> mask;
  return p * (1 - t) + (1 - p) * t;
}

/** The factor of the focal term for a pixel's class. */
// @inline
function balance(term: LossTerm, mask: f32): f64 {
  const alpha = <f64> term.first;
  return alpha * <f64> mask + (1 - alpha) * (1 - <f64> mask);
}

/** The factor of the focal term. */
// @inline
function focus(term: LossTerm, probability: f32, mask: f32): f64 {
  return balance(term, mask) * Math.pow(wrongness(probability, mask), <f64> term.second);
}

/** The value of term k for one region. */
export function regionValue(term: LossTerm, k: i32, region: usize): f32 {
  const sums = changetype<Sums>(region);
  if (term.formula == BOUNDARY) return <f32> (load<f64>(pixelSum(region, k)) / sums.weights);
  if (term.formula == DICE) return <f32> 1 - <f32> (2 * sums.both + 1) / <f32> (sums.all + 1);
  const value = <f32> 1 - <f32> (sums.both + 1) / tverskyDenominator(term, sums);
  return term.third == 1 ? value : <f32> Math.pow(<f64> max<f32>(value, 0), <f64> term.third);
}

// @inline
function tverskyDenominator(term: LossTerm, sums: Sums): f32 {
  const falseAlarms = <f64> term.first * (sums.predicted - sums.both);
  const missed = <f64> term.second * (sums.truth - sums.both);
  return <f32> (sums.both + falseAlarms + missed + 1);
}

/** Adds weight * dterm/dp of every pixel to `out`, for a mean over `count` pixels. */
export function addPixelSlopes(
  out: usize,
  term: LossTerm,
  p: usize,
  m: usize,
  length: i32,
  count: i32,
): void {
  const weight = term.weight;
  const share: f32 = <f32> 1 / <f32> count;
  for (let i = 0; i < length; i++) {
    const at = <usize> i * 4;
    const probability = load<f32>(p + at);
    const t = load<f32>(m + at);
    let slope = crossEntropySlope(share, probability, t);
    if (term.formula == FOCAL) slope = focalSlope(term, probability, t, slope, share);
    store<f32>(out + at, load<f32>(out + at) + weight * slope);
  }
}

/** The derivative of BCE for `share` of a pixel. */
// @inline
function crossEntropySlope(share: f32, probability: f32, mask: f32): f32 {
  const spread = (<f32> 1 - probability) * probability;
  return share * (probability - mask) / max<f32>(spread, 1e-12);
}

/** Adds weight * dterm/dp of every pixel to `out`, for a region with these sums. */
export function addBoundarySlopes(
  out: usize,
  term: LossTerm,
  weight: f32,
  sums: Sums,
  p: usize,
  m: usize,
  d: usize,
  length: i32,
): void {
  for (let i = 0; i < length; i++) {
    const at = <usize> i * 4;
    const share = <f32> (weightOf(term, load<f32>(d + at)) / sums.weights);
    const slope = crossEntropySlope(share, load<f32>(p + at), load<f32>(m + at));
    store<f32>(out + at, load<f32>(out + at) + weight * slope);
  }
}

/** The derivative of the focal term, given that of BCE; both for `share` of a pixel. */
// @inline
function focalSlope(term: LossTerm, p: f32, t: f32, slope: f32, share: f32): f32 {
  const gamma = <f64> term.second;
  const wrong = wrongness(p, t);
  // A power below 1 has no slope at 0; there the pixel is right, and its cross-entropy 0.
  const power = gamma == 0 || wrong == 0
    ? 0
    : gamma * Math.pow(wrong, gamma - 1) * (1 - 2 * <f64> t);
  const product = Math.pow(wrong, gamma) * <f64> slope +
    power * plusCrossEntropy(0, p, t) * <f64> share;
  return <f32> (balance(term, t) * product);
}

/** Adds weight * dterm/dp of every pixel to `out`, for a region with these sums. */
export function addRegionSlopes(
  out: usize,
  term: LossTerm,
  weight: f32,
  sums: Sums,
  m: usize,
  length: i32,
): void {
  // The derivative is constant + slope m, negated in the slope.
  let constant: f32 = 0;
  let slope: f32 = 0;
  if (term.formula == DICE) {
    const numerator = <f64> (<f32> (2 * sums.both + 1));
    const denominator = <f64> (<f32> (sums.all + 1));
    slope = <f32> (2 / denominator);
    constant = <f32> (numerator / (denominator * denominator));
  } else {
    const alpha = <f64> term.first;
    const beta = <f64> term.second;
    const exponent = <f64> term.third;
    const numerator = <f64> (<f32> (sums.both + 1));
    const denominator = <f64> tverskyDenominator(term, sums);
    const value = Math.max(1 - numerator / denominator, LEAST);
    const factor = exponent == 1 ? 1 : exponent * Math.pow(value, exponent - 1);
    const ratio = numerator / (denominator * denominator);
    constant = <f32> (factor * alpha * ratio);
    slope = <f32> (factor * (1 / denominator - (1 - alpha - beta) * ratio));
  }
  for (let i = 0; i < length; i++) {
    const at = <usize> i * 4;
    const value = constant - slope * load<f32>(m + at);
    store<f32>(out + at, load<f32>(out + at) + weight * value);
  }
}
