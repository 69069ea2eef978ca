// Functions of all kernels. The host puts this text and the kernel's named constants before each
// kernel.
//
// The record `slab` holds sizes: heights, widths, blocks of channels, which rows to compute, and
// where the windows of large tensors begin (in vectors). It also says what is applied to a source
// and to a result. Layers, images and batches of all sizes therefore share a compiled kernel. All
// invocations of a dispatch read the same record, so a branch on it skips what is not asked for. A
// division by a size takes some twenty instructions. Kernels that only move data hide them behind
// the memory; the others divide before their loops and count on from there.
//
// Named constants are left for what the inner loops and the use of registers depend on: tiles,
// loads ahead of time, the kind and number of sources.
//
// All buffers are bound as read_write, since tensors share few large buffers and a buffer has one
// usage per dispatch.

/**
 * The number of this invocation. Dispatches are one-dimensional, wrapped into rows of `groups.x`
 * workgroups.
 */
fn invocation(id: vec3u, groups: vec3u) -> u32 {
  return id.y * groups.x * GROUP + id.x;
}

/** The number of this workgroup, for kernels that work by whole workgroups. */
fn workgroupNumber(group: vec3u, groups: vec3u) -> u32 {
  return group.y * groups.x + group.x;
}

/** Batch norm. The difference is taken first, so a large mean costs no digits. */
fn normalised(value: vec4f, mean: vec4f, scale: vec4f, shift: vec4f) -> vec4f {
  return fma(value - mean, scale, shift);
}

/** Which values are NaN. The bits decide, since a driver may take for granted that none is. */
fn isNan(value: vec4f) -> vec4<bool> {
  return (bitcast<vec4u>(value) & vec4u(0x7fffffffu)) > vec4u(0x7f800000u);
}

/**
 * Which values are above zero; no NaN is. From the smallest positive number to infinity bits count
 * up from 1. They agree with `rectified` where a driver takes the smallest numbers for zeros.
 */
fn isPositive(value: vec4f) -> vec4<bool> {
  return bitcast<vec4u>(value) - vec4u(1u) < vec4u(0x7f800000u);
}

/**
 * ReLU. A NaN stays a NaN and -0 stays -0, as in PyTorch. The bits decide, since drivers turn a
 * comparison of floats into max(value, 0), which drops NaN: from the smallest negative number to
 * -infinity they count up from 0x80000001.
 */
fn rectified(value: vec4f) -> vec4f {
  let negative = bitcast<vec4u>(value) - 0x80000001u < vec4u(0x7f800000u);
  return select(value, vec4f(), negative);
}

/**
 * e^x to about one unit in the last place; a GPU's own exp may be off by hundreds. With x = k ln 2
 * + r and |r| <= ln 2 / 2, e^r is computed by its series. 0 below -87.3, infinite above 88.7. A
 * NaN stays one, which clamp() would not promise.
 */
fn exponential(x: f32) -> f32 {
  if (isNan(vec4f(x)).x) {
    return x;
  }
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
