// The training loss, a sum of weighted terms, and its gradient (lib/plan/losses.ts). TX_FORMULA and
// the like describe term X of TERM_COUNT.
//
//   p = 1 / (1 + exp(-logit)), rounded to float32 as in PyTorch: 1 from about 16.6 on
//   gradient = (sum of weight * dterm/dp) * p (1 - p)
//   dBCE/dp = (p - m) / max(p (1 - p), 1e-12) / count
//   dDice/dp = (2 I + 1 - 2 m (S + 1)) / (S + 1)^2,   I = sum(p m),   S = sum p + sum m
//
// A region is what terms compare as a whole: the batch, or each image if a term asks for it. `sums`
// computes partial sums over PARTIAL_VECTORS vectors of a region, `totals` (one workgroup) adds the
// partials in a fixed order, `gradient` uses one invocation per vector of four pixels.

struct Slab {
  pixels: u32, // of all images and channels
  regionPixels: u32,
  partialCount: u32, // of all regions
  regions: u32,
}

/** Sums over pixels: cross-entropy, p m, p and m; the focal term; w and w cross-entropy. */
struct Sums {
  four: vec4f,
  focal: f32,
  boundary: vec2f,
}

struct Term {
  formula: u32,
  perImage: u32,
  weight: f32,
  first: f32, // the parameters of the formula
  second: f32,
  third: f32,
}

const BCE = 0u;
const FOCAL = 1u;
const BOUNDARY = 2u;
const DICE = 3u;

/** The least value of a Tversky term whose slope is computed: a power below 1 has none at 0. */
const LEAST = 1e-6f;

fn termAt(k: u32) -> Term {
  var terms = array(
    Term(T0_FORMULA, T0_PER_IMAGE, T0_WEIGHT, T0_FIRST, T0_SECOND, T0_THIRD),
    Term(T1_FORMULA, T1_PER_IMAGE, T1_WEIGHT, T1_FIRST, T1_SECOND, T1_THIRD),
    Term(T2_FORMULA, T2_PER_IMAGE, T2_WEIGHT, T2_FIRST, T2_SECOND, T2_THIRD),
    Term(T3_FORMULA, T3_PER_IMAGE, T3_WEIGHT, T3_FIRST, T3_SECOND, T3_THIRD),
  );
  return terms[k];
}

@group(0) @binding(0) var<uniform> slab: Slab;
@group(0) @binding(1) var<storage, read_write> logits: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> mask: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> partials: array<Sums>;
@group(0) @binding(4) var<storage, read_write> result: array<vec4f>; // loss and its terms
@group(0) @binding(5) var<storage, read_write> allSums: array<Sums>; // batch, regions
@group(0) @binding(6) var<storage, read_write> gradients: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> boundary: array<vec4f>; // of boundary.wgsl
@group(0) @binding(8) var<storage, read_write> scaling: array<vec4f>; // of loss_scaling.wgsl

fn sigmoid(x: f32) -> f32 {
  return 1f / (1f + exponential(-x));
}

/** The natural logarithm of a float from 0 to 1, clamped at -100. */
fn clampedLog(x: f32) -> f32 {
  if (x < 1.1754944e-38f) {
    return -100f;
  }
  return naturalLog(x);
}

/** The natural logarithm of a normal float: x = m 2^k, m from sqrt(1/2) to sqrt(2). */
fn naturalLog(x: f32) -> f32 {
  let bits = bitcast<u32>(x);
  let k = i32((bits + 0x004afb0du) >> 23u) - 127;
  let m = bitcast<f32>(bits - (u32(k) << 23u));
  // log m = 2 atanh(s), s = (m - 1) / (m + 1).
  let s = (m - 1f) / (m + 1f);
  let z = s * s;
  var series = fma(z, 2f / 11f, 2f / 9f);
  series = fma(series, z, 2f / 7f);
  series = fma(series, z, 2f / 5f);
  series = fma(series, z, 2f / 3f);
  let rest = fma(series * z, s, 2f * s);
  return fma(f32(k), 0.693359375f, fma(f32(k), -0.000212194440f, rest));
}

/**
 * log p. Far below zero it is the logit itself, since a GPU may flush such a small p to 0. Where
 * e^-logit overflows float32, p is 0 as in PyTorch.
 */
fn logOf(p: f32, logit: f32) -> f32 {
  if (logit < -88.7228394f) {
    return -100f;
  }
  if (logit < -20f) {
    return logit;
  }
  return clampedLog(p);
}

/** The cross-entropy of a pixel; NaN for a NaN, which the logarithms would take for a number. */
fn crossEntropyOf(p: f32, logit: f32, m: f32) -> f32 {
  if (isNan(vec4f(logit)).x) {
    return logit;
  }
  var crossEntropy = 0f;
  if (m > 0f) {
    crossEntropy -= m * logOf(p, logit);
  }
  if (m < 1f) {
    crossEntropy -= (1f - m) * clampedLog(1f - p);
  }
  return crossEntropy;
}

/** By how much a pixel is wrong: 1 - p m - (1 - p) (1 - m). */
fn wrongness(p: f32, m: f32) -> f32 {
  return p * (1f - m) + (1f - p) * m;
}

/** x^y for x >= 0, NaN for a NaN. */
fn power(x: f32, y: f32) -> f32 {
  if (y == 0f) {
    return 1f;
  }
  if (isNan(vec4f(x)).x) {
    return x;
  }
  if (x <= 0f) {
    return 0f;
  }
  return exponential(y * naturalLog(x));
}

/** The factor of the focal term for a pixel's class. */
fn balance(term: Term, m: f32) -> f32 {
  return term.first * m + (1f - term.first) * (1f - m);
}

/** The weight of a pixel in the term `boundary`. */
fn weightOf(term: Term, distance: f32) -> f32 {
  return 1f + term.first * distance;
}

/** How far the masks of four pixels are from their surroundings. */
fn distancesOf(vector: u32) -> vec4f {
  if (HAS_BOUNDARY) {
    return boundary[vector];
  }
  return vec4f();
}

/** The sums of one pixel. */
fn sumsOf(logit: f32, m: f32, distance: f32) -> Sums {
  let p = sigmoid(logit);
  let crossEntropy = crossEntropyOf(p, logit, m);
  var focal = 0f;
  var weights = vec2f();
  for (var k = 0u; k < TERM_COUNT; k++) {
    let term = termAt(k);
    if (term.formula == FOCAL) {
      focal = balance(term, m) * power(wrongness(p, m), term.second) * crossEntropy;
    }
    if (term.formula == BOUNDARY) {
      weights = weightOf(term, distance) * vec2f(1f, crossEntropy);
    }
  }
  return Sums(vec4f(crossEntropy, p * m, p, m), focal, weights);
}

fn added(one: Sums, other: Sums) -> Sums {
  return Sums(
    one.four + other.four,
    one.focal + other.focal,
    one.boundary + other.boundary,
  );
}

@compute @workgroup_size(GROUP)
fn sums(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let partial = invocation(id, groups);
  if (partial >= slab.partialCount) {
    return;
  }
  let partialsPerRegion = slab.partialCount / slab.regions;
  let region = partial / partialsPerRegion;
  let first = region * slab.regionPixels +
    partial % partialsPerRegion * PARTIAL_VECTORS * 4u;
  let end = min(first + PARTIAL_VECTORS * 4u, (region + 1u) * slab.regionPixels);
  // One sum for each place in a vector. A region may begin inside a vector.
  var lanes = array(Sums(), Sums(), Sums(), Sums());
  for (var pixel = first / 4u * 4u; pixel < end; pixel += 4u) {
    let logit = logits[pixel / 4u];
    let m = mask[pixel / 4u];
    let distances = distancesOf(pixel / 4u);
    for (var i = 0u; i < 4u; i++) {
      if (pixel + i >= first && pixel + i < end) {
        lanes[i] = added(lanes[i], sumsOf(logit[i], m[i], distances[i]));
      }
    }
  }
  partials[partial] = added(added(lanes[0], lanes[1]), added(lanes[2], lanes[3]));
}

var<workgroup> laneSums: array<Sums, GROUP>;

/** The sum of the partials of a region, in lane 0. */
fn regionSums(region: u32, lane: u32) {
  let count = slab.partialCount / slab.regions;
  var sum = Sums();
  for (var partial = lane; partial < count; partial += GROUP) {
    sum = added(sum, partials[region * count + partial]);
  }
  laneSums[lane] = sum;
  workgroupBarrier();
  for (var half = GROUP / 2u; half > 0u; half /= 2u) {
    if (lane < half) {
      laneSums[lane] = added(laneSums[lane], laneSums[lane + half]);
    }
    workgroupBarrier();
  }
}

@compute @workgroup_size(GROUP)
fn totals(@builtin(local_invocation_index) lane: u32) {
  var batch = Sums();
  for (var region = 0u; region < slab.regions; region++) {
    regionSums(region, lane);
    if (lane == 0u) {
      allSums[1u + region] = laneSums[0];
      batch = added(batch, laneSums[0]);
    }
    workgroupBarrier();
  }
  if (lane == 0u) {
    allSums[0] = batch;
    var loss = 0f;
    for (var k = 0u; k < TERM_COUNT; k++) {
      let term = termAt(k);
      let value = valueOf(term, batch);
      put(1u + k, SHARE * value);
      loss += term.weight * value;
    }
    put(0u, SHARE * loss);
  }
}

fn put(place: u32, value: f32) {
  if (ADDS) {
    result[place / 4u][place % 4u] += value;
  } else {
    result[place / 4u][place % 4u] = value;
  }
}

fn valueOf(term: Term, batch: Sums) -> f32 {
  if (term.formula == BCE) {
    return batch.four.x / f32(slab.pixels);
  }
  if (term.formula == FOCAL) {
    return batch.focal / f32(slab.pixels);
  }
  if (term.perImage == 0u) {
    return regionValue(term, batch);
  }
  var sum = 0f;
  for (var region = 0u; region < slab.regions; region++) {
    sum += regionValue(term, allSums[1u + region]);
  }
  return sum / f32(slab.regions);
}

/** The value of a term for a region. */
fn regionValue(term: Term, sums: Sums) -> f32 {
  if (term.formula == BOUNDARY) {
    return sums.boundary.y / sums.boundary.x;
  }
  let total = sums.four;
  let denominator = denominatorOf(term, total);
  // Not 1 - numerator / denominator: a quotient of equal numbers may not be 1 on a GPU.
  let value = (denominator - numeratorOf(term, total)) / denominator;
  if (term.formula == DICE || term.third == 1f) {
    return value;
  }
  return power(value, term.third);
}

fn numeratorOf(term: Term, total: vec4f) -> f32 {
  return select(1f, 2f, term.formula == DICE) * total.y + 1f;
}

fn denominatorOf(term: Term, total: vec4f) -> f32 {
  if (term.formula == DICE) {
    return total.z + total.w + 1f;
  }
  return total.y + term.first * (total.z - total.y) + term.second * (total.w - total.y) + 1f;
}

/** dterm/dp of one pixel. */
fn slopeOf(term: Term, logit: f32, p: f32, m: f32, distance: f32, sums: Sums) -> f32 {
  if (term.formula == BCE) {
    return crossEntropySlope(p, m, 1f / f32(slab.pixels));
  }
  if (term.formula == BOUNDARY) {
    return crossEntropySlope(p, m, weightOf(term, distance) / sums.boundary.x);
  }
  if (term.formula == FOCAL) {
    return focalSlope(term, logit, p, m);
  }
  let total = sums.four;
  let denominator = denominatorOf(term, total);
  if (term.formula == DICE) {
    let numerator = numeratorOf(term, total) - 2f * m * denominator;
    return numerator / (denominator * denominator);
  }
  let numerator = numeratorOf(term, total);
  let inner = term.first + m * (1f - term.first - term.second);
  let slope = (numerator * inner - m * denominator) / (denominator * denominator);
  if (term.third == 1f) {
    return slope;
  }
  let value = max((denominator - numerator) / denominator, LEAST);
  return slope * term.third * power(value, term.third - 1f);
}

/** dBCE/dp for `share` of a pixel. */
fn crossEntropySlope(p: f32, m: f32, share: f32) -> f32 {
  return (p - m) * share / max(p * (1f - p), 1e-12f);
}

fn focalSlope(term: Term, logit: f32, p: f32, m: f32) -> f32 {
  let gamma = term.second;
  let wrong = wrongness(p, m);
  var product = power(wrong, gamma) * crossEntropySlope(p, m, 1f / f32(slab.pixels));
  if (gamma > 0f) {
    product += gamma * power(wrong, gamma - 1f) * (1f - 2f * m) * crossEntropyOf(p, logit, m) /
      f32(slab.pixels);
  }
  return balance(term, m) * product;
}

fn gradientOf(logit: f32, m: f32, distance: f32, pixel: u32) -> f32 {
  let p = sigmoid(logit);
  let region = min(pixel / slab.regionPixels, slab.regions - 1u);
  var sum = 0f;
  for (var k = 0u; k < TERM_COUNT; k++) {
    let term = termAt(k);
    let isImage = term.perImage != 0u;
    let sums = allSums[select(0u, 1u + region, isImage)];
    let weight = select(term.weight, term.weight / f32(slab.regions), isImage);
    sum += weight * slopeOf(term, logit, p, m, distance, sums);
  }
  return SHARE * (sum * (p * (1f - p)));
}

@compute @workgroup_size(GROUP)
fn gradient(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = invocation(id, groups);
  if (index * 4u >= slab.pixels) {
    return;
  }
  let logit = logits[index];
  let m = mask[index];
  let distance = distancesOf(index);
  let pixel = index * 4u;
  var all = vec4f(
    gradientOf(logit.x, m.x, distance.x, pixel),
    gradientOf(logit.y, m.y, distance.y, pixel + 1u),
    gradientOf(logit.z, m.z, distance.z, pixel + 2u),
    gradientOf(logit.w, m.w, distance.w, pixel + 3u),
  );
  if (SCALED) {
    all *= scaling[0].x;
  }
  gradients[index] = all;
}
