// What the kernels with workgroup memory apply to the sources of a convolution. They do it once, on
// the way to that memory, so the record decides, and layers share a compiled kernel.
// sources_by_constant.wgsl is the counterpart of the others. The host puts this text before
// conv3x3_frame.wgsl.

fn hasNorm0() -> bool {
  return slab.hasNorm0 != 0u;
}

fn hasRelu0() -> bool {
  return slab.hasRelu0 != 0u;
}

fn hasNorm1() -> bool {
  return slab.hasNorm1 != 0u;
}

fn hasRelu1() -> bool {
  return slab.hasRelu1 != 0u;
}
