// What all kernels share. The host puts this text and the kernel's named constants before each
// kernel.
//
// Every kernel gets its shapes as constants, so that they are known when it is compiled, and a
// `slab` record with what differs between its dispatches: which rows to compute and where the
// windows of large tensors begin (in vectors). All buffers are bound as read_write, since tensors
// share few large buffers and a buffer has one usage per dispatch.

/**
 * The number of this invocation: dispatches are one-dimensional, wrapped into rows of `groups.x`
 * workgroups.
 */
fn invocation(id: vec3u, groups: vec3u) -> u32 {
  return id.y * groups.x * GROUP + id.x;
}

/**
 * Batch norm as a reader applies it: the difference first, so that a large mean costs no digits.
 */
fn normalised(value: vec4f, mean: vec4f, scale: vec4f, shift: vec4f) -> vec4f {
  return fma(value - mean, scale, shift);
}

/** ReLU; a NaN stays. */
fn rectified(value: vec4f) -> vec4f {
  return select(value, vec4f(), value < vec4f());
}

/**
 * e^x to about one unit in the last place, since a GPU's own exp may be off by hundreds: x = k ln 2
 * + r with |r| <= ln 2 / 2, e^r by its series. 0 below -87.3, infinite above 88.7.
 */
fn exponential(x: f32) -> f32 {
  let k = round(clamp(x, -150f, 150f) * 1.44269504f);
  // ln 2 in two parts: k times the first is exact.
  let r = fma(k, 0.000212194440f, fma(k, -0.693359375f, clamp(x, -150f, 150f)));
  var series = fma(r, 1f / 5040f, 1f / 720f);
  series = fma(series, r, 1f / 120f);
  series = fma(series, r, 1f / 24f);
  series = fma(series, r, 1f / 6f);
  series = fma(series, r, 0.5f);
  series = fma(series * r, r, r) + 1f;
  let half = i32(k) / 2;
  return series * powerOfTwo(half) * powerOfTwo(i32(k) - half);
}

/** 2^k for k from -126 to 127. */
fn powerOfTwo(k: i32) -> f32 {
  return bitcast<f32>(u32(k + 127) << 23u);
}
