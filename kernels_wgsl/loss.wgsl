// The training loss, a sum of weighted terms, and its gradient. X_PLACE is the place of term X in
// the result (0: the loss does not have it), X_WEIGHT its weight.
//
//   p = 1 / (1 + exp(-logit)), rounded to float32 as in PyTorch: 1 from about 16.6 on
//   BCE = mean of -(m log p + (1 - m) log(1 - p)),   logarithms clamped at -100
//   Dice = 1 - (2 I + 1) / (S + 1),   I = sum(p m),   S = sum p + sum m
//   gradient = (sum of weight * dterm/dp) * p (1 - p)
//   dBCE/dp = (p - m) / max(p (1 - p), 1e-12) / count
//   dDice/dp = (2 I + 1 - 2 m (S + 1)) / (S + 1)^2
//
// `sums` computes partial sums over PARTIAL_VECTORS vectors, `totals` (one workgroup) adds the
// partials in a fixed order, `gradient` uses one invocation per vector of four pixels.

struct Slab {
  pixels: u32, // of all images and channels
  partialCount: u32,
}

@group(0) @binding(0) var<uniform> slab: Slab;
@group(0) @binding(1) var<storage, read_write> logits: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> mask: array<vec4f>;
// [partial][sum of BCE, of p m, of p, of m]
@group(0) @binding(3) var<storage, read_write> partials: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> result: array<vec4f>; // loss and its terms
@group(0) @binding(5) var<storage, read_write> allSums: array<vec4f>; // all partials added
@group(0) @binding(6) var<storage, read_write> gradients: array<vec4f>;

fn sigmoid(x: f32) -> f32 {
  return 1f / (1f + exponential(-x));
}

/**
 * The natural logarithm of a float from 0 to 1, clamped at -100: x = m 2^k, m from sqrt(1/2) to
 * sqrt(2).
 */
fn clampedLog(x: f32) -> f32 {
  if (x < 1.1754944e-38f) {
    return -100f;
  }
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

/** Cross-entropy, p m, p and m of one pixel. */
fn termsOf(logit: f32, m: f32) -> vec4f {
  let p = sigmoid(logit);
  var crossEntropy = 0f;
  if (m > 0f) {
    crossEntropy -= m * logOf(p, logit);
  }
  if (m < 1f) {
    crossEntropy -= (1f - m) * clampedLog(1f - p);
  }
  return vec4f(crossEntropy, p * m, p, m);
}

@compute @workgroup_size(GROUP)
fn sums(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let partial = invocation(id, groups);
  if (partial >= slab.partialCount) {
    return;
  }
  var sum0 = vec4f();
  var sum1 = vec4f();
  var sum2 = vec4f();
  var sum3 = vec4f();
  let end = min((partial + 1u) * PARTIAL_VECTORS * 4u, slab.pixels);
  for (var pixel = partial * PARTIAL_VECTORS * 4u; pixel < end; pixel += 4u) {
    let logit = logits[pixel / 4u];
    let m = mask[pixel / 4u];
    sum0 += termsOf(logit.x, m.x);
    if (pixel + 1u < end) {
      sum1 += termsOf(logit.y, m.y);
    }
    if (pixel + 2u < end) {
      sum2 += termsOf(logit.z, m.z);
    }
    if (pixel + 3u < end) {
      sum3 += termsOf(logit.w, m.w);
    }
  }
  partials[partial] = (sum0 + sum1) + (sum2 + sum3);
}

var<workgroup> laneSums: array<vec4f, GROUP>;

@compute @workgroup_size(GROUP)
fn totals(@builtin(local_invocation_index) lane: u32) {
  var sum = vec4f();
  for (var partial = lane; partial < slab.partialCount; partial += GROUP) {
    sum += partials[partial];
  }
  laneSums[lane] = sum;
  workgroupBarrier();
  for (var half = GROUP / 2u; half > 0u; half /= 2u) {
    if (lane < half) {
      laneSums[lane] += laneSums[lane + half];
    }
    workgroupBarrier();
  }
  if (lane == 0u) {
    let total = laneSums[0];
    allSums[0] = total;
    var loss = 0f;
    if (BCE_PLACE > 0u) {
      let bce = total.x / f32(slab.pixels);
      put(BCE_PLACE, bce);
      loss += BCE_WEIGHT * bce;
    }
    if (DICE_PLACE > 0u) {
      // Not 1 - numerator / denominator: a quotient of equal numbers may not be 1 on a GPU.
      let dice = (diceDenominator(total) - diceNumerator(total)) / diceDenominator(total);
      put(DICE_PLACE, dice);
      loss += DICE_WEIGHT * dice;
    }
    put(0u, loss);
  }
}

fn put(place: u32, value: f32) {
  result[place / 4u][place % 4u] = value;
}

fn diceNumerator(total: vec4f) -> f32 {
  return 2f * total.y + 1f;
}

fn diceDenominator(total: vec4f) -> f32 {
  return total.z + total.w + 1f;
}

fn gradientOf(logit: f32, m: f32, total: vec4f) -> f32 {
  let p = sigmoid(logit);
  let slope = p * (1f - p);
  var sum = 0f;
  if (BCE_PLACE > 0u) {
    sum += BCE_WEIGHT * ((p - m) * (1f / f32(slab.pixels)) / max(slope, 1e-12f));
  }
  if (DICE_PLACE > 0u) {
    let denominator = diceDenominator(total);
    let numerator = diceNumerator(total) - 2f * m * denominator;
    sum += DICE_WEIGHT * (numerator / (denominator * denominator));
  }
  return sum * slope;
}

@compute @workgroup_size(GROUP)
fn gradient(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = invocation(id, groups);
  if (index * 4u >= slab.pixels) {
    return;
  }
  let total = allSums[0];
  let logit = logits[index];
  let m = mask[index];
  gradients[index] = vec4f(
    gradientOf(logit.x, m.x, total),
    gradientOf(logit.y, m.y, total),
    gradientOf(logit.z, m.z, total),
    gradientOf(logit.w, m.w, total),
  );
}
