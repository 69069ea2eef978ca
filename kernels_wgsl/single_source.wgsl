// Reading of the only source, `x`. Its norm lies in `norm`, [mean, rstd, scale, shift][block];
// `hasNorm` and `hasRelu` select what is applied. The host puts this text after activation.wgsl.

/** The norm of a block; zeros without one. */
fn normOf(block: u32) -> Norm {
  if (slab.hasNorm != 0u) {
    return Norm(norm[block], norm[2u * slab.blocks + block], norm[3u * slab.blocks + block]);
  }
  return Norm(vec4f(), vec4f(), vec4f());
}

/** A stored value after batch norm and ReLU. */
fn asRead(value: vec4f, norm: Norm) -> vec4f {
  return activated(value, norm, slab.hasNorm != 0u, slab.hasRelu != 0u);
}

/** The vector at `at`, one of block `block`, after batch norm and ReLU. */
fn activatedAt(at: u32, block: u32) -> vec4f {
  return asRead(loadX(at), normOf(block));
}
