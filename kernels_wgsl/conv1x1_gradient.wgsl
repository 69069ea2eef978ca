// Gradients of the 1x1 convolution (conv1x1.wgsl):
//
//   dx[n, y, x, i] = sum over o of weight[o, i] * dy[n, o, y, x]
//   dw[o, i]       = sum over n, y, x of dy[n, o, y, x] * in[n, y, x, i],   db[o] = sum of dy
//
// An invocation of `source_gradient` computes one block of one pixel. `sums` computes partial sums
// over the pixels, partials[partial][o][in block, and one more for the bias]. `totals` adds the
// partials in order.

struct Slab {
  first: u32, // pixel of all images, or partial
  count: u32,
  pixels: u32,
  pixelsPerPartial: u32,
  partialCount: u32,
  x: u32,
}

@group(0) @binding(0) var<uniform> slab: Slab;
@group(0) @binding(1) var<storage, read_write> x: array<vec4f>; // source, or its gradient
@group(0) @binding(2) var<storage, read_write> norm: array<vec4f>;
// Or its gradient, [out][in block].
@group(0) @binding(3) var<storage, read_write> weight: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> dy: array<f32>;
@group(0) @binding(5) var<storage, read_write> partials: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> bias: array<f32>;

const COLUMNS = BLOCKS + 1u;

fn gradientOf(pixel: u32, o: u32) -> f32 {
  return dy[(pixel / SIZE * CLASSES + o) * SIZE + pixel % SIZE];
}

@compute @workgroup_size(GROUP)
fn source_gradient(
  @builtin(global_invocation_id) id: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let index = invocation(id, groups);
  let i = index % BLOCKS;
  if (index / BLOCKS >= slab.count) {
    return;
  }
  let pixel = slab.first + index / BLOCKS;
  var sum = vec4f();
  for (var o = 0u; o < CLASSES; o++) {
    sum = fma(weight[o * BLOCKS + i], vec4f(gradientOf(pixel, o)), sum);
  }
  x[pixel * BLOCKS + i - slab.x] = sum;
}

@compute @workgroup_size(GROUP)
fn sums(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = invocation(id, groups);
  let i = index % COLUMNS;
  let o = index / COLUMNS % CLASSES;
  if (index / (COLUMNS * CLASSES) >= slab.count) {
    return;
  }
  let partial = slab.first + index / (COLUMNS * CLASSES);
  let end = min((partial + 1u) * slab.pixelsPerPartial, slab.pixels);
  // The bias has no norm. Its column reads that of the last block and does not use it.
  let columnNorm = normOf(min(i, BLOCKS - 1u));
  var sum = vec4f();
  for (var pixel = partial * slab.pixelsPerPartial; pixel < end; pixel++) {
    let g = gradientOf(pixel, o);
    if (i < BLOCKS) {
      let value = x[pixel * BLOCKS + i - slab.x];
      sum = fma(activated(value, columnNorm, NORM, RELU), vec4f(g), sum);
    } else {
      sum.x += g;
    }
  }
  partials[(partial * CLASSES + o) * COLUMNS + i] = sum;
}

@compute @workgroup_size(GROUP)
fn totals(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = invocation(id, groups);
  if (index >= COLUMNS * CLASSES) {
    return;
  }
  var sum = partials[index];
  for (var partial = 1u; partial < slab.partialCount; partial++) {
    sum += partials[partial * COLUMNS * CLASSES + index];
  }
  let i = index % COLUMNS;
  let o = index / COLUMNS;
  if (i < BLOCKS) {
    weight[o * BLOCKS + i] = sum;
  } else {
    bias[o] = sum.x;
    // The lanes without a class are zero: gradient_norm.wgsl adds them.
    let lanes = (CLASSES + 3u) / 4u * 4u;
    for (var lane = select(lanes, CLASSES, o == CLASSES - 1u); lane < lanes; lane++) {
      bias[lane] = 0f;
    }
  }
}
