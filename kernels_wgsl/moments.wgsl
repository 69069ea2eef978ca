// Moments of a set of values, from which batch norm computes mean and variance. The host puts this
// text before the kernels that write them (conv3x3_direct.wgsl) and merge them (batchnorm.wgsl).

/** Mean, sum of squared distances from it (M2), and number of values. */
struct Moments {
  mean: vec4f,
  squares: vec4f,
  count: f32,
}

/**
 * The moments of the union of two sets (Chan, Golub, LeVeque 1979). Plain sums of squares would
 * lose all digits at large means. Sums of products are fma() throughout: a driver may fuse a
 * product and a sum in one kernel and not in another, and all kernels give the same bits.
 */
fn merged(a: Moments, b: Moments) -> Moments {
  let count = a.count + b.count;
  let share = b.count / count;
  let delta = b.mean - a.mean;
  return Moments(
    fma(delta, vec4f(share), a.mean),
    fma(delta * delta, vec4f(a.count * share), a.squares + b.squares),
    count,
  );
}
