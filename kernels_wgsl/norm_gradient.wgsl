// Partial sums of the gradients of ReLU and a norm: of g and of g xhat, with g the gradient where
// the value is positive (everywhere without ReLU), else 0, and xhat = (x - mean) * rstd. The host
// puts this text before batchnorm_gradient.wgsl and groupnorm_gradient.wgsl.

/** The norm of a block of four channels. */
struct Norm {
  mean: vec4f,
  rstd: vec4f,
  scale: vec4f,
  shift: vec4f,
}

/** Sums of g and of g xhat. */
struct Sums {
  g: vec4f,
  products: vec4f,
}

/** The gradient of the value before ReLU. */
fn passed(value: vec4f, g: vec4f) -> vec4f {
  if (RELU) {
    return select(vec4f(), g, isPositive(value));
  }
  return g;
}

/** The norm of a block: vector `first` of rows [mean, rstd, scale, shift] of `blocks` vectors. */
fn wholeNorm(first: u32, blocks: u32) -> Norm {
  return Norm(
    norm[first],
    norm[first + blocks],
    norm[first + 2u * blocks],
    norm[first + 3u * blocks],
  );
}

/**
 * The sums over the pixels from `first` to before `end` of one block of so many. Four pixels a
 * turn, so that their eight loads are in flight together.
 */
fn sumsOver(first: u32, end: u32, block: u32, blocks: u32, own: Norm) -> Sums {
  var sum = Sums();
  var pixel = first;
  for (; pixel + 4u <= end; pixel += 4u) {
    let at = pixel * blocks + block - slab.x;
    let to = pixel * blocks + block - slab.gradient;
    let x0 = loadX(at);
    let x1 = loadX(at + blocks);
    let x2 = loadX(at + 2u * blocks);
    let x3 = loadX(at + 3u * blocks);
    let g0 = loadGradient(to);
    let g1 = loadGradient(to + blocks);
    let g2 = loadGradient(to + 2u * blocks);
    let g3 = loadGradient(to + 3u * blocks);
    sum = added(sum, x0, g0, own);
    sum = added(sum, x1, g1, own);
    sum = added(sum, x2, g2, own);
    sum = added(sum, x3, g3, own);
  }
  for (; pixel < end; pixel++) {
    let at = pixel * blocks + block;
    sum = added(sum, loadX(at - slab.x), loadGradient(at - slab.gradient), own);
  }
  return sum;
}

fn added(sum: Sums, value: vec4f, dy: vec4f, own: Norm) -> Sums {
  let g = passed(normalised(value, own.mean, own.scale, own.shift), dy);
  return Sums(sum.g + g, fma(g, (value - own.mean) * own.rstd, sum.products));
}
