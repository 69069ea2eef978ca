// The training loss, a sum of weighted terms, and its gradient (lib/plan/losses.ts).
//
//   p = 1 / (1 + exp(-logit)),   every operation rounded to float32, as in PyTorch
//   gradient = (sum of weight * dterm/dp) * p (1 - p)
//
// With p rounded to float32 a confident mistake has p = 1 exactly: BCE 100, gradient 0, as in
// PyTorch. A region is what terms compare as a whole: the batch, or each image if a term asks for
// it. A task is a chunk of at most LOSS_CHUNK pixels of a region. Partials are doubles, added in
// the order of the tasks.
//
// A term has a case in up to three functions: pixelTerm(), for terms that are a sum over pixels;
// regionValue(); and a function that adds its derivative by p. `boundary` is the result of
// kernels_as/boundary.ts, or 0 where no term needs it.

/** Pixels of a task. Scratch holds one float per pixel. */
export const LOSS_CHUNK: i32 = 8192;

/** Formulas: their indices in LOSS_FORMULAS of lib/plan/losses.ts. */
const BCE: i32 = 0;
const FOCAL: i32 = 1;
const BOUNDARY: i32 = 2;
const DICE: i32 = 3;

/** The least value of a Tversky term whose slope is computed: a power below 1 has none at 0. */
const LEAST: f64 = 1e-6;

/** A term of the loss; the host writes the records. */
@unmanaged
class LossTerm {
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
class Sums {
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
function termAt(terms: usize, k: i32): LossTerm {
  return changetype<LossTerm>(terms + <usize> k * offsetof<LossTerm>());
}

/** The sum of term k over the pixels. */
// @inline
function pixelSum(sums: usize, k: i32): usize {
  return sums + offsetof<Sums>() + <usize> k * 8;
}

// @inline
function bytesOf(termCount: i32): usize {
  return offsetof<Sums>() + <usize> termCount * 8;
}

/** The first pixel of a task. */
// @inline
function firstPixel(task: i32, regionPixels: i32): i32 {
  const chunks = chunksOf(regionPixels);
  return task / chunks * regionPixels + task % chunks * LOSS_CHUNK;
}

/** The number of pixels of a task. */
// @inline
function pixelsOf(task: i32, regionPixels: i32): i32 {
  return min(LOSS_CHUNK, regionPixels - task % chunksOf(regionPixels) * LOSS_CHUNK);
}

/** The number of tasks of a region. */
// @inline
function chunksOf(regionPixels: i32): i32 {
  return (regionPixels + LOSS_CHUNK - 1) / LOSS_CHUNK;
}

/** Job 1: stores p of every pixel at `probability` (unless 0) and the sums of the task. */
export function lossSums(
  task: i32,
  scratch: usize,
  logits: usize,
  mask: usize,
  boundary: usize,
  probability: usize,
  partials: usize,
  regionPixels: i32,
  terms: usize,
  termCount: i32,
): void {
  const first = firstPixel(task, regionPixels);
  const length = pixelsOf(task, regionPixels);
  const x = logits + <usize> first * 4;
  const m = mask + <usize> first * 4;
  let both: f64 = 0;
  let predicted: f64 = 0;
  let truth: f64 = 0;
  for (let i = 0; i < length; i++) {
    const at = <usize> i * 4;
    const t = <f64> load<f32>(m + at);
    const p = <f32> 1 / (<f32> 1 + <f32> Math.exp(-<f64> load<f32>(x + at)));
    store<f32>(scratch + at, p);
    both += <f64> p * t;
    predicted += <f64> p;
    truth += t;
  }
  if (probability) memory.copy(probability + <usize> first * 4, scratch, <usize> length * 4);
  const partial = partials + <usize> task * bytesOf(termCount);
  const sums = changetype<Sums>(partial);
  sums.both = both;
  sums.predicted = predicted;
  sums.truth = truth;
  sums.all = predicted + truth;
  sums.weights = 0;
  const d = boundary + <usize> first * 4;
  for (let k = 0; k < termCount; k++) {
    const term = termAt(terms, k);
    store<f64>(pixelSum(partial, k), pixelTerm(term, scratch, m, d, length));
    if (term.formula == BOUNDARY) sums.weights = weightsOf(term, d, length);
  }
}

/**
 * The sum of a term over pixels with probabilities p, masks m and distances d from their
 * surroundings; 0 for terms that need sums of a region alone.
 */
function pixelTerm(term: LossTerm, p: usize, m: usize, d: usize, length: i32): f64 {
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

function weightsOf(term: LossTerm, d: usize, length: i32): f64 {
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

/**
 * Job 2, one task: adds the partials of each region, then those of all; writes the loss and its
 * terms to `result`. `totals` holds the sums of the batch, then those of each region.
 */
export function lossTotals(
  _task: i32,
  _scratch: usize,
  partials: usize,
  partialCount: i32,
  result: usize,
  totals: usize,
  regionPixels: i32,
  regions: i32,
  terms: usize,
  termCount: i32,
  share: f32,
  adds: i32,
): void {
  const bytes = bytesOf(termCount);
  const chunks = partialCount / regions;
  memory.fill(totals, 0, bytes * <usize> (1 + regions));
  for (let p = 0; p < partialCount; p++) {
    const partial = partials + <usize> p * bytes;
    addSums(totals, partial, bytes);
    addSums(totals + bytes * <usize> (1 + p / chunks), partial, bytes);
  }
  const count = <f64> regionPixels * <f64> regions;
  let loss: f32 = 0;
  for (let k = 0; k < termCount; k++) {
    const term = termAt(terms, k);
    const value = valueOf(term, k, totals, count, regions, bytes);
    put(result + <usize> (k + 1) * 4, share * value, adds);
    loss += term.weight * value;
  }
  put(result, share * loss, adds);
}

function put(to: usize, value: f32, adds: i32): void {
  store<f32>(to, adds ? load<f32>(to) + value : value);
}

function addSums(to: usize, from: usize, bytes: usize): void {
  for (let at: usize = 0; at < bytes; at += 8) {
    store<f64>(to + at, load<f64>(to + at) + load<f64>(from + at));
  }
}

/** The value of term k. */
function valueOf(
  term: LossTerm,
  k: i32,
  totals: usize,
  count: f64,
  regions: i32,
  bytes: usize,
): f32 {
  if (term.formula < BOUNDARY) return <f32> (load<f64>(pixelSum(totals, k)) / count);
  if (!term.perImage) return regionValue(term, k, totals);
  let sum: f64 = 0;
  for (let r = 1; r <= regions; r++) {
    sum += <f64> regionValue(term, k, totals + bytes * <usize> r);
  }
  return <f32> (sum / <f64> regions);
}

/** The value of term k for one region. */
function regionValue(term: LossTerm, k: i32, region: usize): f32 {
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

/** Job 3: replaces p in `gradient` by dL/dlogit. */
export function lossGradient(
  task: i32,
  scratch: usize,
  gradient: usize,
  mask: usize,
  boundary: usize,
  totals: usize,
  regionPixels: i32,
  regions: i32,
  terms: usize,
  termCount: i32,
  share: f32,
): void {
  const first = firstPixel(task, regionPixels);
  const length = pixelsOf(task, regionPixels);
  const p = gradient + <usize> first * 4;
  const m = mask + <usize> first * 4;
  const own = totals + bytesOf(termCount) * <usize> (1 + task / chunksOf(regionPixels));
  memory.fill(scratch, 0, <usize> length * 4);
  for (let k = 0; k < termCount; k++) {
    const term = termAt(terms, k);
    if (term.formula < BOUNDARY) {
      addPixelSlopes(scratch, term, p, m, length, regionPixels * regions);
      continue;
    }
    const weight = term.perImage ? term.weight / <f32> regions : term.weight;
    const sums = changetype<Sums>(term.perImage ? own : totals);
    if (term.formula == BOUNDARY) {
      const d = boundary + <usize> first * 4;
      addBoundarySlopes(scratch, term, weight, sums, p, m, d, length);
    } else {
      addRegionSlopes(scratch, term, weight, sums, m, length);
    }
  }
  for (let i = 0; i < length; i++) {
    const at = <usize> i * 4;
    const probability = load<f32>(p + at);
    const slope = load<f32>(scratch + at) * ((<f32> 1 - probability) * probability);
    store<f32>(p + at, share * slope);
  }
}

/** Adds weight * dterm/dp of every pixel to `out`, for a mean over `count` pixels. */
function addPixelSlopes(
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
function addBoundarySlopes(
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
function addRegionSlopes(
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
