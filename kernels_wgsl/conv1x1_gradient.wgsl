// Gradients of the 1x1 convolution (conv1x1.wgsl):
//
//   dx[n, y, x, i] = sum over o of weight[o, i] * dy[n, o, y, x]
//   dw[o, i]       = sum over n, y, x of dy[n, o, y, x] * in[n, y, x, i],   db[o] = sum of dy
//
// An invocation of `source_gradient` computes one block of one pixel. `sums` computes partial sums
// over the pixels, partials[partial][o][in block, and one more for the bias], four pixels a turn,
// so that their loads are in flight together. `totals` adds the partials (lane_sums.wgsl), a
// workgroup for each sum.

struct Slab {
  first: u32, // pixel of all images, or partial
  count: u32,
  pixels: u32,
  pixelsPerPartial: u32,
  partialCount: u32,
  x: u32,
  blocks: u32,
  size: u32, // pixels of an image
  classes: u32,
  hasNorm: u32,
  hasRelu: u32,
}

@group(0) @binding(0) var<uniform> slab: Slab;
@group(0) @binding(1) var<storage, read_write> x: array<StoredX>; // source, or its gradient
@group(0) @binding(2) var<storage, read_write> norm: array<vec4f>;
// Or its gradient, [out][in block].
@group(0) @binding(3) var<storage, read_write> weight: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> dy: array<f32>;
@group(0) @binding(5) var<storage, read_write> partials: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> bias: array<f32>;

fn gradientOf(pixel: u32, o: u32) -> f32 {
  return dy[(pixel / slab.size * slab.classes + o) * slab.size + pixel % slab.size];
}

@compute @workgroup_size(GROUP)
fn source_gradient(
  @builtin(global_invocation_id) id: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let index = invocation(id, groups);
  let i = index % slab.blocks;
  if (index / slab.blocks >= slab.count) {
    return;
  }
  let pixel = slab.first + index / slab.blocks;
  var sum = vec4f();
  for (var o = 0u; o < slab.classes; o++) {
    sum = fma(weight[o * slab.blocks + i], vec4f(gradientOf(pixel, o)), sum);
  }
  storeX(pixel * slab.blocks + i - slab.x, sum);
}

@compute @workgroup_size(GROUP)
fn sums(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = invocation(id, groups);
  let columns = slab.blocks + 1u;
  let i = index % columns;
  let o = index / columns % slab.classes;
  if (index / (columns * slab.classes) >= slab.count) {
    return;
  }
  let partial = slab.first + index / (columns * slab.classes);
  let end = min((partial + 1u) * slab.pixelsPerPartial, slab.pixels);
  // The bias has no norm. Its column reads that of the last block and does not use it.
  let columnNorm = normOf(min(i, slab.blocks - 1u));
  let column = min(i, slab.blocks - 1u);
  var sum = vec4f();
  var pixel = partial * slab.pixelsPerPartial;
  for (; pixel + 4u <= end; pixel += 4u) {
    let at = pixel * slab.blocks + column - slab.x;
    let x0 = loadX(at);
    let x1 = loadX(at + slab.blocks);
    let x2 = loadX(at + 2u * slab.blocks);
    let x3 = loadX(at + 3u * slab.blocks);
    let g0 = gradientOf(pixel, o);
    let g1 = gradientOf(pixel + 1u, o);
    let g2 = gradientOf(pixel + 2u, o);
    let g3 = gradientOf(pixel + 3u, o);
    sum = fma(factorOf(x0, i, columnNorm), vec4f(g0), sum);
    sum = fma(factorOf(x1, i, columnNorm), vec4f(g1), sum);
    sum = fma(factorOf(x2, i, columnNorm), vec4f(g2), sum);
    sum = fma(factorOf(x3, i, columnNorm), vec4f(g3), sum);
  }
  for (; pixel < end; pixel++) {
    let value = loadX(pixel * slab.blocks + column - slab.x);
    sum = fma(factorOf(value, i, columnNorm), vec4f(gradientOf(pixel, o)), sum);
  }
  partials[(partial * slab.classes + o) * columns + i] = sum;
}

/** What the gradient of a pixel is multiplied with: its value, or one for the bias. */
fn factorOf(value: vec4f, column: u32, norm: Norm) -> vec4f {
  return select(vec4f(1f, 0f, 0f, 0f), asRead(value, norm), column < slab.blocks);
}

@compute @workgroup_size(GROUP)
fn totals(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = workgroupNumber(group, groups);
  let columns = slab.blocks + 1u;
  if (index >= columns * slab.classes) {
    return;
  }
  let sum = sumOfPartials(index, columns * slab.classes, slab.partialCount, lane);
  if (lane > 0u) {
    return;
  }
  let i = index % columns;
  let o = index / columns;
  if (i < slab.blocks) {
    weight[o * slab.blocks + i] = sum;
  } else {
    bias[o] = sum.x;
    // The lanes without a class are zero: gradient_norm.wgsl adds them.
    let lanes = (slab.classes + 3u) / 4u * 4u;
    for (var rest = select(lanes, slab.classes, o == slab.classes - 1u); rest < lanes; rest++) {
      bias[rest] = 0f;
    }
  }
}
