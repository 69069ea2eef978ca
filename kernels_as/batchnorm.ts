// Batch norm: merges the moments that a convolution wrote into the norm that its readers apply, and
// computes the gradient.
//
//   value = (x - mean) * scale + shift
//   scale = gamma * rstd,   shift = beta,   rstd = 1 / sqrt(var + epsilon)
//
// The difference is taken before the product: with a large mean, x * scale + (shift - mean * scale)
// would lose digits. Moments of windows are merged in double precision by Chan's formula (Chan,
// Golub, LeVeque 1979), in the order of the windows. A task is one block of 8 channels; in kernels
// that read every pixel, it is one strip of rows.

import { PIXEL, placeOf, Source } from "./blocks";
import { fma } from "./fma";
import { demote, promoteHigh, promoteLow, RUN } from "./reduce";
import { rowsOf, stripsOf } from "./strips";

/** Stores the rows of a norm record [4][blocks * 8]. */
export function storeNorm(
  norm: usize,
  row: usize,
  mean: f64,
  variance: f64,
  gamma: f32,
  beta: f32,
  epsilon: f64,
): void {
  const rstd = 1 / Math.sqrt(variance + epsilon);
  store<f32>(norm, <f32> mean);
  store<f32>(norm + row, <f32> rstd);
  store<f32>(norm + 2 * row, <f32> (<f64> gamma * rstd));
  store<f32>(norm + 3 * row, beta);
}

/**
 * Merges the moments [window][mean, rest of the mean, M2][blocks * 8] of one block and updates the
 * running statistics. Each image is cut into windows of `rows` x `columns` pixels, row by row; the
 * last ones may be smaller.
 */
export function batchnorm(
  task: i32,
  _scratch: usize,
  moments: usize,
  gamma: usize,
  beta: usize,
  runningMean: usize,
  runningVar: usize,
  norm: usize,
  images: i32,
  height: i32,
  width: i32,
  rows: i32,
  columns: i32,
  blocks: i32,
  epsilon: f64,
  momentum: f64,
): void {
  const row = <usize> blocks * PIXEL;
  for (let lane = 0; lane < 8; lane++) {
    const at = <usize> task * PIXEL + <usize> lane * 4;
    let count: f64 = 0;
    let mean: f64 = 0;
    let m2: f64 = 0;
    let from = moments + at;
    for (let n = 0; n < images; n++) {
      for (let y = 0; y < height; y += rows) {
        for (let x = 0; x < width; x += columns) {
          const more = <f64> (min(rows, height - y) * min(columns, width - x));
          const delta = <f64> load<f32>(from) + <f64> load<f32>(from + row) - mean;
          const total = count + more;
          mean += delta * (more / total);
          m2 += <f64> load<f32>(from + 2 * row) + delta * delta * (count * more / total);
          count = total;
          from += 3 * row;
        }
      }
    }
    const variance = m2 / count;
    storeNorm(norm + at, row, mean, variance, load<f32>(gamma + at), load<f32>(beta + at), epsilon);
    move(runningMean + at, mean, momentum);
    move(runningVar + at, m2 / (count - 1), momentum);
  }
}

/** Updates a running statistic. */
function move(address: usize, value: f64, momentum: f64): void {
  store<f32>(address, <f32> ((1 - momentum) * <f64> load<f32>(address) + momentum * value));
}

/** Computes the norm of one block from the running statistics. */
export function batchnormEval(
  task: i32,
  _scratch: usize,
  gamma: usize,
  beta: usize,
  runningMean: usize,
  runningVar: usize,
  norm: usize,
  blocks: i32,
  epsilon: f64,
): void {
  const row = <usize> blocks * PIXEL;
  for (let lane = 0; lane < 8; lane++) {
    const at = <usize> task * PIXEL + <usize> lane * 4;
    const mean = <f64> load<f32>(runningMean + at);
    const variance = <f64> load<f32>(runningVar + at);
    storeNorm(norm + at, row, mean, variance, load<f32>(gamma + at), load<f32>(beta + at), epsilon);
  }
}

// The gradient takes three jobs. g is the gradient where the value is above `low`, else 0;
// xhat = (x - mean) * rstd:
//   1. partial sums of g and g * xhat per strip,
//   2. their totals: dbeta and dgamma,
//   3. in place: gradient = scale * (g - dbeta / count - xhat * dgamma / count).

/**
 * Job 1, one strip: partials[task][g, g xhat][blocks * 8]. Strips run over the rows of
 * all images.
 */
export function batchnormGradientSums(
  task: i32,
  _scratch: usize,
  sources: usize,
  gradient: usize,
  partials: usize,
  stripRows: i32,
): void {
  const source = changetype<Source>(sources);
  gradientSums(task, source, source.norm, gradient, partials, stripRows);
}

/** The sums of one strip, with the norm of its image. */
export function gradientSums(
  task: i32,
  source: Source,
  norm: usize,
  gradient: usize,
  partials: usize,
  stripRows: i32,
): void {
  const row = <usize> source.blocks * PIXEL;
  const strips = stripsOf(source.height, stripRows);
  const strip = task % strips;
  const count = rowsOf(source.height, stripRows, strip) * source.width;
  for (let block = 0; block < source.blocks; block++) {
    const place = placeOf(source, task / strips, block, strip * stripRows);
    for (let half: usize = 0; half < PIXEL; half += 16) {
      const at = <usize> block * PIXEL + half;
      sumHalf(
        partials + <usize> task * 2 * row + at,
        row,
        norm + at,
        source.low,
        source.data + place + half,
        gradient + place + half,
        count,
      );
    }
  }
}

/** Sums of g and g * xhat of four channels over `count` pixels. */
function sumHalf(
  out: usize,
  row: usize,
  norm: usize,
  low: f32,
  x: usize,
  gradient: usize,
  count: i32,
): void {
  const mean = v128.load(norm);
  const rstd = v128.load(norm + row);
  const scale = v128.load(norm + 2 * row);
  const shift = v128.load(norm + 3 * row);
  const floor = f32x4.splat(low);
  let sumLow = f64x2.splat(0), sumHigh = sumLow;
  let productLow = sumLow, productHigh = sumLow;
  for (let first = 0; first < count; first += RUN) {
    let sum = f32x4.splat(0), product = sum;
    for (let i = first, last = min(first + RUN, count); i < last; i++) {
      const d = f32x4.sub(v128.load(x), mean);
      const passes = f32x4.gt(fma.madd(d, scale, shift), floor);
      const g = v128.and(v128.load(gradient), passes);
      sum = f32x4.add(sum, g);
      product = fma.madd(g, f32x4.mul(d, rstd), product);
      x += PIXEL;
      gradient += PIXEL;
    }
    sumLow = f64x2.add(sumLow, promoteLow(sum));
    sumHigh = f64x2.add(sumHigh, promoteHigh(sum));
    productLow = f64x2.add(productLow, promoteLow(product));
    productHigh = f64x2.add(productHigh, promoteHigh(product));
  }
  v128.store(out, demote(sumLow, sumHigh));
  v128.store(out + row, demote(productLow, productHigh));
}

/**
 * Job 2, one block: dbeta and dgamma. It also writes the coefficients [2][blocks * 8] of job 3:
 * dbeta / count and rstd * dgamma / count, or zeros where the statistics are frozen.
 */
export function batchnormGradientTotals(
  task: i32,
  _scratch: usize,
  partials: usize,
  partialCount: i32,
  betaGradient: usize,
  gammaGradient: usize,
  norm: usize,
  coefficients: usize,
  blocks: i32,
  count: f64,
  frozen: i32,
): void {
  const row = <usize> blocks * PIXEL;
  for (let lane = 0; lane < 8; lane++) {
    const at = <usize> task * PIXEL + <usize> lane * 4;
    const sum = total(partials + at, row, partialCount);
    const product = total(partials + row + at, row, partialCount);
    store<f32>(betaGradient + at, <f32> sum);
    store<f32>(gammaGradient + at, <f32> product);
    const rstd = <f64> load<f32>(norm + row + at);
    store<f32>(coefficients + at, frozen ? 0 : <f32> (sum / count));
    store<f32>(coefficients + row + at, frozen ? 0 : <f32> (rstd * product / count));
  }
}

/** The sum of one channel over `count` partials of two rows. */
export function total(from: usize, row: usize, count: i32): f64 {
  let sum: f64 = 0;
  for (let partial = 0; partial < count; partial++) {
    sum += <f64> load<f32>(from);
    from += 2 * row;
  }
  return sum;
}

/** Job 3: turns the gradient of strip `task` into the gradient of the raw tensor, in place. */
export function batchnormGradientApply(
  task: i32,
  _scratch: usize,
  sources: usize,
  gradient: usize,
  coefficients: usize,
  stripRows: i32,
): void {
  const source = changetype<Source>(sources);
  const row = <usize> source.blocks * PIXEL;
  const strips = stripsOf(source.height, stripRows);
  const strip = task % strips;
  const count = rowsOf(source.height, stripRows, strip) * source.width;
  for (let block = 0; block < source.blocks; block++) {
    const place = placeOf(source, task / strips, block, strip * stripRows);
    for (let half: usize = 0; half < PIXEL; half += 16) {
      const at = <usize> block * PIXEL + half;
      applyHalf(
        source.norm + at,
        row,
        coefficients + at,
        source.low,
        source.data + place + half,
        gradient + place + half,
        count,
      );
    }
  }
}

function applyHalf(
  norm: usize,
  row: usize,
  coefficients: usize,
  low: f32,
  x: usize,
  gradient: usize,
  count: i32,
): void {
  const mean = v128.load(norm);
  const scale = v128.load(norm + 2 * row);
  const shift = v128.load(norm + 3 * row);
  const constant = v128.load(coefficients);
  const slope = v128.load(coefficients + row);
  const floor = f32x4.splat(low);
  for (let i = 0; i < count; i++) {
    const d = f32x4.sub(v128.load(x), mean);
    const passes = f32x4.gt(fma.madd(d, scale, shift), floor);
    const g = f32x4.sub(v128.and(v128.load(gradient), passes), constant);
    v128.store(gradient, f32x4.mul(scale, fma.nmadd(d, slope, g)));
    x += PIXEL;
    gradient += PIXEL;
  }
}
