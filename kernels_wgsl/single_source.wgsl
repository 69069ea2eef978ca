// Reading of the only source, `x`. Its norm lies in `norm`, [mean, rstd, scale, shift][block]; NORM
// and RELU select what is applied. The host puts this text after activation.wgsl.

/** The norm of a block; zeros without one. */
fn normOf(block: u32) -> Norm {
  if (NORM) {
    return Norm(norm[block], norm[2u * slab.blocks + block], norm[3u * slab.blocks + block]);
  }
  return Norm(vec4f(), vec4f(), vec4f());
}

/** The vector at `at`, one of block `block`, after batch norm and ReLU. */
fn activatedAt(at: u32, block: u32) -> vec4f {
  return activated(x[at], normOf(block), NORM, RELU);
}
