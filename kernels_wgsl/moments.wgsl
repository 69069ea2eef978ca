// Moments of a set of values: what batch norm makes mean and variance of. Stands before the kernels
// that write them (conv3x3_direct.wgsl) and merge them (batchnorm.wgsl).

/** Mean, sum of squared distances from it, and how many values these are. */
struct Moments {
  mean: vec4f,
  squares: vec4f,
  count: f32,
}

/**
 * The moments of two sets together (Chan, Golub, LeVeque 1979). Plain sums of squares would fail at
 * large means.
 */
fn merged(a: Moments, b: Moments) -> Moments {
  let count = a.count + b.count;
  let share = b.count / count;
  let delta = b.mean - a.mean;
  return Moments(
    fma(delta, vec4f(share), a.mean),
    a.squares + b.squares + delta * delta * (a.count * share),
    count,
  );
}
