// Reading of six pixels of a row at once, for the Winograd kernels. What is applied to a source is
// known when the kernel runs: one branch decides for all six, so that it costs next to nothing. The
// host puts this text after activation.wgsl and winograd_points.wgsl.

/** Six values of a block after batch norm and ReLU. */
fn activatedSix(d: Six, norm: Norm, hasNorm: bool, hasRelu: bool) -> Six {
  var v = d;
  if (hasNorm) {
    v = Six(
      normalised(v.a, norm.mean, norm.scale, norm.shift),
      normalised(v.b, norm.mean, norm.scale, norm.shift),
      normalised(v.c, norm.mean, norm.scale, norm.shift),
      normalised(v.d, norm.mean, norm.scale, norm.shift),
      normalised(v.e, norm.mean, norm.scale, norm.shift),
      normalised(v.f, norm.mean, norm.scale, norm.shift),
    );
  }
  if (hasRelu) {
    v = Six(
      rectified(v.a),
      rectified(v.b),
      rectified(v.c),
      rectified(v.d),
      rectified(v.e),
      rectified(v.f),
    );
  }
  return v;
}

/** Six pixels from column x on of a row of so many; zero outside. */
fn insideSix(d: Six, x: u32, width: u32) -> Six {
  let zero = vec4f();
  return Six(
    select(zero, d.a, x < width),
    select(zero, d.b, x + 1u < width),
    select(zero, d.c, x + 2u < width),
    select(zero, d.d, x + 3u < width),
    select(zero, d.e, x + 4u < width),
    select(zero, d.f, x + 5u < width),
  );
}
