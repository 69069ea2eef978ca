// Backward through ReLU and batch norm, in place. With g = gradient where the value is positive
// (everywhere without ReLU), else 0, and xhat = (x - mean) * rstd:
//
//   dbeta = sum g,   dgamma = sum g xhat
//   gradient = scale * (g - dbeta / count - xhat * dgamma / count)
//
// `sums` adds up pieces of PIXELS pixels, `totals` the pieces in order, `apply` writes the
// gradient. An invocation of the sums works on one piece and one block of four channels, neighbours
// on neighbouring blocks. Limited by memory.

struct Slab {
  first: u32, // piece, or vector
  count: u32,
  pixels: u32, // of all images
  pixelsPerPiece: u32,
  pieces: u32,
  x: u32,
  gradient: u32,
  share: f32, // 1 / count, or 0 for frozen statistics
}

@group(0) @binding(0) var<uniform> slab: Slab;
@group(0) @binding(1) var<storage, read_write> x: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> norm: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> gradient: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> parts: array<vec4f>; // [piece][g, g xhat][block]
// [dbeta / count, rstd * dgamma / count][block]
@group(0) @binding(5) var<storage, read_write> coefficients: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> gammaGradient: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> betaGradient: array<vec4f>;

/** The gradient that passes ReLU. */
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
  let piece = slab.first + index / BLOCKS;
  let mean = norm[block];
  let rstd = norm[BLOCKS + block];
  let scale = norm[2u * BLOCKS + block];
  let shift = norm[3u * BLOCKS + block];
  let first = piece * slab.pixelsPerPiece;
  let end = min(first + slab.pixelsPerPiece, slab.pixels);
  var sum = vec4f();
  var products = vec4f();
  for (var pixel = first; pixel < end; pixel++) {
    let at = pixel * BLOCKS + block;
    let value = x[at - slab.x];
    let g = passed(normalised(value, mean, scale, shift), gradient[at - slab.gradient]);
    sum += g;
    products = fma(g, (value - mean) * rstd, products);
  }
  let at = piece * 2u * BLOCKS + block;
  parts[at] = sum;
  parts[at + BLOCKS] = products;
}

@compute @workgroup_size(GROUP)
fn totals(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let block = invocation(id, groups);
  if (block >= BLOCKS) {
    return;
  }
  var sum = vec4f();
  var products = vec4f();
  for (var piece = 0u; piece < slab.pieces; piece++) {
    let at = piece * 2u * BLOCKS + block;
    sum += parts[at];
    products += parts[at + BLOCKS];
  }
  betaGradient[block] = sum;
  gammaGradient[block] = products;
  coefficients[block] = sum * slab.share;
  coefficients[BLOCKS + block] = norm[BLOCKS + block] * products * slab.share;
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
