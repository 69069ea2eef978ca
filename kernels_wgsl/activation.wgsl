// Batch norm and ReLU, applied to a stored value as a kernel reads it. The host puts this text
// before every kernel that reads activations. The flags are the same for all invocations, so that a
// branch skips what a source lacks.

/** The batch norm of one block of four channels. */
struct Norm {
  mean: vec4f,
  scale: vec4f,
  shift: vec4f,
}

/** A value after batch norm and ReLU. */
fn activated(value: vec4f, norm: Norm, hasNorm: bool, hasRelu: bool) -> vec4f {
  var result = value;
  if (hasNorm) {
    result = normalised(result, norm.mean, norm.scale, norm.shift);
  }
  if (hasRelu) {
    result = rectified(result);
  }
  return result;
}
