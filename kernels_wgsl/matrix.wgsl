// Products of 4x4 matrices of weights and vectors of four channels. The host puts this text before
// the kernels of convolutions.

/** sum + m v */
fn product(m: mat4x4f, v: vec4f, sum: vec4f) -> vec4f {
  let first = fma(m[1], vec4f(v.y), fma(m[0], vec4f(v.x), sum));
  return fma(m[3], vec4f(v.w), fma(m[2], vec4f(v.z), first));
}

/** m + g v^T, with a column per input channel. */
fn outer(m: mat4x4f, g: vec4f, v: vec4f) -> mat4x4f {
  return mat4x4f(
    fma(g, vec4f(v.x), m[0]),
    fma(g, vec4f(v.y), m[1]),
    fma(g, vec4f(v.z), m[2]),
    fma(g, vec4f(v.w), m[3]),
  );
}
