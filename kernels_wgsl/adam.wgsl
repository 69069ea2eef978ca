// Adam and AdamW with PyTorch's order of operations:
//
//   p -= rate * weight decay * p   (AdamW, where the parameter decays)
//   m = b1 m + (1 - b1) g,   v = b2 v + (1 - b2) g^2
//   p -= rate / (1 - b1^t) * m / (sqrt(v) / sqrt(1 - b2^t) + epsilon)
//
// With CLIP, g is the gradient times `clip`; if that is -1, the step changes nothing.
// `prepare` (one invocation) computes the two bias corrections. In plain float32, 1 - b^t would
// lose three digits at t = 1, so it is computed as -expm1(t ln b). `update` uses one invocation per
// vector. Memory limits its speed.

struct Slab {
  vectors: u32,
  decays: u32,
}

@group(0) @binding(0) var<uniform> slab: Slab;
@group(0) @binding(1) var<storage, read_write> rate: array<vec4f>; // [learning rate, t]
@group(0) @binding(2) var<storage, read_write> rates: array<vec4f>; // [step size, sqrt(1 - b2^t)]
@group(0) @binding(3) var<storage, read_write> clip: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> parameter: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> gradient: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> firstMoment: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> secondMoment: array<vec4f>;

/** 1 - e^x for x <= 0. */
fn oneMinusExp(x: f32) -> f32 {
  if (x < -0.4f) {
    return 1f - exponential(x);
  }
  var series = fma(x, 1f / 40320f, 1f / 5040f);
  series = fma(series, x, 1f / 720f);
  series = fma(series, x, 1f / 120f);
  series = fma(series, x, 1f / 24f);
  series = fma(series, x, 1f / 6f);
  series = fma(series, x, 0.5f);
  return -fma(series * x, x, x);
}

@compute @workgroup_size(1)
fn prepare() {
  let t = rate[0].y;
  rates[0] = vec4f(
    rate[0].x / oneMinusExp(t * LOG_BETA1),
    sqrt(oneMinusExp(t * LOG_BETA2)),
    0f,
    0f,
  );
}

@compute @workgroup_size(GROUP)
fn update(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = invocation(id, groups);
  if (index >= slab.vectors) {
    return;
  }
  var g = gradient[index];
  if (CLIP) {
    if (clip[0].x == -1f) {
      return;
    }
    g *= clip[0].x;
  }
  let m = firstMoment[index] * BETA1 + g * ONE_MINUS_BETA1;
  let v = secondMoment[index] * BETA2 + g * g * ONE_MINUS_BETA2;
  firstMoment[index] = m;
  secondMoment[index] = v;
  var p = parameter[index];
  if (slab.decays != 0u) {
    p *= 1f - rate[0].x * WEIGHT_DECAY;
  }
  parameter[index] = p - rates[0].x * m / (sqrt(v) / rates[0].y + EPSILON);
}
