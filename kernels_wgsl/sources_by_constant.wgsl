// What the kernels without workgroup memory apply to the sources of a convolution. They do it in
// their innermost loops, at every load, so constants decide. sources_by_record.wgsl is the
// counterpart of the others. The host puts this text before conv3x3_frame.wgsl.

fn hasNorm0() -> bool {
  return NORM0;
}

fn hasRelu0() -> bool {
  return RELU0;
}

fn hasNorm1() -> bool {
  return NORM1;
}

fn hasRelu1() -> bool {
  return RELU1;
}
