// Reading of the only source, `x`, where constants tell how many blocks it has and what is applied:
// BLOCKS, NORM and RELU. single_source.wgsl has the same from the slab record. Kernels whose
// invocations add up all blocks of a pixel take the constants: their loops unroll, so that all
// loads are in flight together, and the bits of their sums stay. (A driver fuses other products and
// sums in a loop that it does not unroll.) The host puts this text after activation.wgsl.

/** The norm of a block; zeros without one. */
fn normOf(block: u32) -> Norm {
  if (NORM) {
    return Norm(norm[block], norm[2u * BLOCKS + block], norm[3u * BLOCKS + block]);
  }
  return Norm(vec4f(), vec4f(), vec4f());
}

/** The vector at `at`, one of block `block`, after batch norm and ReLU. */
fn activatedAt(at: u32, block: u32) -> vec4f {
  return activated(loadX(at), normOf(block), NORM, RELU);
}
