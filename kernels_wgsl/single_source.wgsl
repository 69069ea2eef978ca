// How kernels with one source `x` read it: its norm lies in `norm`, [mean, rstd, scale,
// shift][block], and NORM and RELU say what is applied. Stands before them, after activation.wgsl.

/** The norm of a block; zeros without one. */
fn normOf(block: u32) -> Norm {
  if (NORM) {
    return Norm(norm[block], norm[2u * BLOCKS + block], norm[3u * BLOCKS + block]);
  }
  return Norm(vec4f(), vec4f(), vec4f());
}

/** The vector at `at`, which belongs to this block, after batch norm and ReLU. */
fn activatedAt(at: u32, block: u32) -> vec4f {
  return activated(x[at], normOf(block), NORM, RELU);
}
