// The training loss, a sum of weighted terms, and its gradient (lib/plan/losses.ts).
//
//   p = 1 / (1 + exp(-logit)),   every operation rounded to float32, as in PyTorch
//   gradient = (sum of weight * dterm/dp) * p (1 - p)
//
// With p rounded to float32 a confident mistake has p = 1 exactly: BCE 100, gradient 0, as in
// PyTorch. A region is what terms compare as a whole: the batch, or each image if a term asks for
// it. A task is a chunk of at most LOSS_CHUNK pixels of a region. Partials are doubles, added in
// the order of the tasks. `boundary` is the result of kernels_as/boundary.ts, or 0 where no term
// needs it. The formulas of the terms are in loss_terms.ts.

import {
  addBoundarySlopes,
  addPixelSlopes,
  addRegionSlopes,
  BOUNDARY,
  bytesOf,
  LossTerm,
  pixelSum,
  pixelTerm,
  regionValue,
  Sums,
  termAt,
  weightsOf,
} from "./loss_terms";

/** Pixels of a task. Scratch holds one float per pixel. */
export const LOSS_CHUNK: i32 = 8192;

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
