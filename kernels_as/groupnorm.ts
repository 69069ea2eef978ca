// Group norm: the statistics of each image and group of channels, the normalised map, and the
// gradient.
//
//   value = (x - mean) * scale + shift
//   scale = gamma * rstd,   shift = beta,   rstd = 1 / sqrt(var + epsilon)
//
// Forward takes three jobs: the moments of every channel in every strip of rows, the norm of every
// image from them, and the values. Moments are merged in double precision by Chan's formula, over
// the channels of a group and over the strips of each. A group may begin and end inside a block of
// eight channels. A task is one strip of an image, an image, or a group.

import { gradientSums, storeNorm, total } from "./batchnorm";
import { normalisePixels, PIXEL, placeOf, Source } from "./blocks";
import { takeMoments } from "./epilogue";
import { fma } from "./fma";
import { rowsOf, stripsOf } from "./strips";

/** Job 1, one strip: partials[task][mean, rest of the mean, M2][blocks * 8]. */
export function groupnormMoments(
  task: i32,
  _scratch: usize,
  sources: usize,
  partials: usize,
  stripRows: i32,
): void {
  const source = changetype<Source>(sources);
  const row = <usize> source.blocks * PIXEL;
  const strips = stripsOf(source.height, stripRows);
  const strip = task % strips;
  const rows = rowsOf(source.height, stripRows, strip);
  for (let block = 0; block < source.blocks; block++) {
    const pixels = source.data + placeOf(source, task / strips, block, strip * stripRows);
    const out = partials + <usize> task * 3 * row + <usize> block * PIXEL;
    takeMoments(pixels, rows, source.width, source.width, out, row);
  }
}

/** Job 2, one image: the rows of its norm; zeros in lanes without a channel. */
export function groupnormTotals(
  task: i32,
  _scratch: usize,
  sources: usize,
  partials: usize,
  gamma: usize,
  beta: usize,
  norm: usize,
  stripRows: i32,
  channels: i32,
  groups: i32,
  epsilon: f64,
): void {
  const source = changetype<Source>(sources);
  const row = <usize> source.blocks * PIXEL;
  const strips = stripsOf(source.height, stripRows);
  const first = partials + <usize> task * <usize> strips * 3 * row;
  const out = norm + <usize> task * 4 * row;
  memory.fill(out, 0, 4 * row);
  const inGroup = channels / groups;
  for (let group = 0; group < groups; group++) {
    const begin = group * inGroup;
    let count: f64 = 0;
    let mean: f64 = 0;
    let m2: f64 = 0;
    for (let channel = begin; channel < begin + inGroup; channel++) {
      let from = first + <usize> channel * 4;
      for (let strip = 0; strip < strips; strip++) {
        const more = <f64> (rowsOf(source.height, stripRows, strip) * source.width);
        const delta = <f64> load<f32>(from) + <f64> load<f32>(from + row) - mean;
        const total = count + more;
        mean += delta * (more / total);
        m2 += <f64> load<f32>(from + 2 * row) + delta * delta * (count * more / total);
        count = total;
        from += 3 * row;
      }
    }
    const variance = m2 / count;
    for (let channel = begin; channel < begin + inGroup; channel++) {
      const at = <usize> channel * 4;
      storeNorm(
        out + at,
        row,
        mean,
        variance,
        load<f32>(gamma + at),
        load<f32>(beta + at),
        epsilon,
      );
    }
  }
}

/** Job 3, one strip: the values. The norm of the source is [image][4][blocks * 8]. */
export function groupnormApply(
  task: i32,
  _scratch: usize,
  sources: usize,
  out: usize,
  stripRows: i32,
): void {
  const source = changetype<Source>(sources);
  const strips = stripsOf(source.height, stripRows);
  const n = task / strips;
  const strip = task % strips;
  const count = rowsOf(source.height, stripRows, strip) * source.width;
  for (let block = 0; block < source.blocks; block++) {
    const place = placeOf(source, n, block, strip * stripRows);
    // Counted in blocks, the norm of an image begins behind the four rows of those before it.
    const at = n * 4 * source.blocks + block;
    normalisePixels(out + place, source.data + place, source, at, count);
  }
}

// The gradient takes three jobs, too. g is the gradient where the value is above `low`, else 0:
//   1. sums of g and g * xhat for every channel in every strip,
//   2. their totals, and the means of scale * g and scale * g * xhat over each image and group,
//   3. out = scale * g - mean of scale * g - xhat * mean of scale * g * xhat.

/** Job 1, one strip: partials[task][g, g xhat][blocks * 8]. */
export function groupnormGradientSums(
  task: i32,
  _scratch: usize,
  sources: usize,
  gradient: usize,
  partials: usize,
  stripRows: i32,
): void {
  const source = changetype<Source>(sources);
  const n = task / stripsOf(source.height, stripRows);
  const norm = source.norm + <usize> (n * 4 * source.blocks) * PIXEL;
  gradientSums(task, source, norm, gradient, partials, stripRows);
}

/**
 * Job 2, one group: dbeta and dgamma of its channels, and for each image the coefficients
 * [image][2][blocks * 8] of job 3, mean of scale * g and rstd * mean of scale * g * xhat. The last
 * group also writes the zeros of lanes without a channel.
 */
export function groupnormGradientTotals(
  task: i32,
  _scratch: usize,
  sources: usize,
  partials: usize,
  betaGradient: usize,
  gammaGradient: usize,
  coefficients: usize,
  images: i32,
  strips: i32,
  channels: i32,
  groups: i32,
): void {
  const source = changetype<Source>(sources);
  const row = <usize> source.blocks * PIXEL;
  const inGroup = channels / groups;
  const begin = task * inGroup;
  const end = begin + inGroup;
  const count = <f64> inGroup * <f64> source.height * <f64> source.width;
  for (let channel = begin; channel < end; channel++) {
    const at = <usize> channel * 4;
    store<f32>(betaGradient + at, <f32> total(partials + at, row, images * strips));
    store<f32>(gammaGradient + at, <f32> total(partials + row + at, row, images * strips));
  }
  for (let n = 0; n < images; n++) {
    const norm = source.norm + <usize> n * 4 * row;
    const from = partials + <usize> (n * strips) * 2 * row;
    const out = coefficients + <usize> n * 2 * row;
    let sum: f64 = 0;
    let product: f64 = 0;
    for (let channel = begin; channel < end; channel++) {
      const at = <usize> channel * 4;
      const scale = <f64> load<f32>(norm + 2 * row + at);
      sum += scale * total(from + at, row, strips);
      product += scale * total(from + row + at, row, strips);
    }
    for (let channel = begin; channel < end; channel++) {
      const at = <usize> channel * 4;
      const rstd = <f64> load<f32>(norm + row + at);
      store<f32>(out + at, <f32> (sum / count));
      store<f32>(out + row + at, <f32> (rstd * product / count));
    }
    if (end == channels) {
      clearRest(out, channels, row);
      clearRest(out + row, channels, row);
    }
  }
  if (end == channels) {
    clearRest(betaGradient, channels, row);
    clearRest(gammaGradient, channels, row);
  }
}

/** Clears the lanes of a row that have no channel. */
function clearRest(out: usize, channels: i32, row: usize): void {
  const used = <usize> channels * 4;
  memory.fill(out + used, 0, row - used);
}

/** Job 3, one strip: the gradient of the map. */
export function groupnormGradientApply(
  task: i32,
  _scratch: usize,
  sources: usize,
  gradient: usize,
  coefficients: usize,
  out: usize,
  stripRows: i32,
): void {
  const source = changetype<Source>(sources);
  const row = <usize> source.blocks * PIXEL;
  const strips = stripsOf(source.height, stripRows);
  const n = task / strips;
  const strip = task % strips;
  const count = rowsOf(source.height, stripRows, strip) * source.width;
  for (let block = 0; block < source.blocks; block++) {
    const place = placeOf(source, n, block, strip * stripRows);
    for (let half: usize = 0; half < PIXEL; half += 16) {
      const at = <usize> block * PIXEL + half;
      applyHalf(
        source.norm + <usize> n * 4 * row + at,
        row,
        coefficients + <usize> n * 2 * row + at,
        source.low,
        source.data + place + half,
        gradient + place + half,
        out + place + half,
        count,
      );
    }
  }
}

/** Four channels of `count` pixels. */
function applyHalf(
  norm: usize,
  row: usize,
  coefficients: usize,
  low: f32,
  x: usize,
  gradient: usize,
  out: usize,
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
    const g = v128.and(v128.load(gradient), passes);
    const centred = f32x4.sub(f32x4.mul(scale, g), constant);
    v128.store(out, fma.nmadd(d, slope, centred));
    x += PIXEL;
    gradient += PIXEL;
    out += PIXEL;
  }
}
