// Gradient of ReLU and batch norm, in place. g is the gradient where the value is positive
// (everywhere without ReLU), else 0; xhat = (x - mean) * rstd:
//
//   dbeta = sum g,   dgamma = sum g xhat
//   gradient = scale * (g - dbeta / count - xhat * dgamma / count)
//
// `sums` computes partial sums over pixelsPerPartial pixels, `totals` adds the partials
// (lane_sums.wgsl), `apply` writes the gradient. An invocation of `sums` computes one partial of
// one block of four channels (norm_gradient.wgsl); neighbouring invocations read neighbouring
// blocks. A workgroup of `totals` computes one block. Memory limits the speed.

struct Slab {
  first: u32, // partial, or vector
  count: u32,
  pixels: u32, // of all images
  pixelsPerPartial: u32,
  partialCount: u32,
  x: u32,
  gradient: u32,
  meanFactor: f32, // 1 / count, or 0 for frozen statistics
  blocks: u32,
}

@group(0) @binding(0) var<uniform> slab: Slab;
@group(0) @binding(1) var<storage, read_write> x: array<StoredX>;
@group(0) @binding(2) var<storage, read_write> norm: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> gradient: array<StoredGradient>;
// [partial][g, g xhat][block]
@group(0) @binding(4) var<storage, read_write> partials: array<vec4f>;
// [dbeta / count, rstd * dgamma / count][block]
@group(0) @binding(5) var<storage, read_write> coefficients: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> gammaGradient: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> betaGradient: array<vec4f>;

@compute @workgroup_size(GROUP)
fn sums(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = invocation(id, groups);
  let block = index % slab.blocks;
  if (index / slab.blocks >= slab.count) {
    return;
  }
  let partial = slab.first + index / slab.blocks;
  let own = wholeNorm(block, slab.blocks);
  let first = partial * slab.pixelsPerPartial;
  let end = min(first + slab.pixelsPerPartial, slab.pixels);
  let sum = sumsOver(first, end, block, slab.blocks, own);
  let at = partial * 2u * slab.blocks + block;
  partials[at] = sum.g;
  partials[at + slab.blocks] = sum.products;
}

@compute @workgroup_size(GROUP)
fn totals(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let block = workgroupNumber(group, groups);
  if (block >= slab.blocks) {
    return;
  }
  let sum = sumOfPartials(block, 2u * slab.blocks, slab.partialCount, lane);
  let products = sumOfPartials(slab.blocks + block, 2u * slab.blocks, slab.partialCount, lane);
  if (lane == 0u) {
    betaGradient[block] = sum;
    gammaGradient[block] = products;
    coefficients[block] = sum * slab.meanFactor;
    coefficients[slab.blocks + block] = norm[slab.blocks + block] * products * slab.meanFactor;
  }
}

@compute @workgroup_size(GROUP)
fn apply(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = invocation(id, groups);
  if (index >= slab.count) {
    return;
  }
  let at = slab.first + index;
  let block = at % slab.blocks;
  let mean = norm[block];
  let scale = norm[2u * slab.blocks + block];
  let value = loadX(at - slab.x);
  let after = normalised(value, mean, scale, norm[3u * slab.blocks + block]);
  let g = passed(after, loadGradient(at - slab.gradient));
  storeGradient(
    at - slab.gradient,
    scale * (g - coefficients[block] - (value - mean) * coefficients[slab.blocks + block]),
  );
}
