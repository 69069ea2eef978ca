// Gradient of ReLU and batch norm, in place. g is the gradient where the value is positive
// (everywhere without ReLU), else 0; xhat = (x - mean) * rstd:
//
//   dbeta = sum g,   dgamma = sum g xhat
//   gradient = scale * (g - dbeta / count - xhat * dgamma / count)
//
// `sums` computes partial sums over pixelsPerPartial pixels, `totals` adds the partials in order,
// `apply` writes the gradient. An invocation of `sums` computes one partial of one block of four
// channels; neighbouring invocations read neighbouring blocks. Memory limits the speed.

struct Slab {
  first: u32, // partial, or vector
  count: u32,
  pixels: u32, // of all images
  pixelsPerPartial: u32,
  partialCount: u32,
  x: u32,
  gradient: u32,
  meanFactor: f32, // 1 / count, or 0 for frozen statistics
}

@group(0) @binding(0) var<uniform> slab: Slab;
@group(0) @binding(1) var<storage, read_write> x: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> norm: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> gradient: array<vec4f>;
// [partial][g, g xhat][block]
@group(0) @binding(4) var<storage, read_write> partials: array<vec4f>;
// [dbeta / count, rstd * dgamma / count][block]
@group(0) @binding(5) var<storage, read_write> coefficients: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> gammaGradient: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> betaGradient: array<vec4f>;

/** The gradient of the value before ReLU. */
fn passed(value: vec4f, g: vec4f) -> vec4f {
  if (RELU) {
    return select(vec4f(), g, value > vec4f());
  }
  return g;
}

@compute @workgroup_size(GROUP)
fn sums(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = invocation(id, groups);
  let block = index % BLOCKS;
  if (index / BLOCKS >= slab.count) {
    return;
  }
  let partial = slab.first + index / BLOCKS;
  let mean = norm[block];
  let rstd = norm[BLOCKS + block];
  let scale = norm[2u * BLOCKS + block];
  let shift = norm[3u * BLOCKS + block];
  let first = partial * slab.pixelsPerPartial;
  let end = min(first + slab.pixelsPerPartial, slab.pixels);
  var sum = vec4f();
  var products = vec4f();
  for (var pixel = first; pixel < end; pixel++) {
    let at = pixel * BLOCKS + block;
    let value = x[at - slab.x];
    let g = passed(normalised(value, mean, scale, shift), gradient[at - slab.gradient]);
    sum += g;
    products = fma(g, (value - mean) * rstd, products);
  }
  let at = partial * 2u * BLOCKS + block;
  partials[at] = sum;
  partials[at + BLOCKS] = products;
}

@compute @workgroup_size(GROUP)
fn totals(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let block = invocation(id, groups);
  if (block >= BLOCKS) {
    return;
  }
  var sum = vec4f();
  var products = vec4f();
  for (var partial = 0u; partial < slab.partialCount; partial++) {
    let at = partial * 2u * BLOCKS + block;
    sum += partials[at];
    products += partials[at + BLOCKS];
  }
  betaGradient[block] = sum;
  gammaGradient[block] = products;
  coefficients[block] = sum * slab.meanFactor;
  coefficients[BLOCKS + block] = norm[BLOCKS + block] * products * slab.meanFactor;
}

@compute @workgroup_size(GROUP)
fn apply(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = invocation(id, groups);
  if (index >= slab.count) {
    return;
  }
  let at = slab.first + index;
  let block = at % BLOCKS;
  let mean = norm[block];
  let scale = norm[2u * BLOCKS + block];
  let value = x[at - slab.x];
  let after = normalised(value, mean, scale, norm[3u * BLOCKS + block]);
  let g = passed(after, gradient[at - slab.gradient]);
  gradient[at - slab.gradient] = scale *
    (g - coefficients[block] - (value - mean) * coefficients[BLOCKS + block]);
}
