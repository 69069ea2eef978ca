// Gradients of the transposed convolution 2x2 (convtranspose2.wgsl) with respect to its source and
// its weight:
//
//   dx[n, r, c, i]     = sum over o, ky, kx of weight[i, o, ky, kx] * dy[n, 2r + ky, 2c + kx, o]
//   dw[i, o, ky, kx]   = sum over n, r, c of x[n, r, c, i] * dy[n, 2r + ky, 2c + kx, o]
//
// An invocation of `source_gradient` computes one block of 4 pixels of a row. An invocation of
// `weight_gradient` (split-K) computes the 4 matrices of one input block x one output block over
// `rowsPerPartial` rows of the images. reduce.wgsl adds the partials
// [partial][in block][tap][channel][out block] in order. `source_gradient` adds tap by tap. Their
// counterparts for GPUs, convtranspose2_source_gradient_tiled.wgsl and
// convtranspose2_weight_gradient_tiled.wgsl, add in the same orders.

struct Slab {
  first: u32, // row of all images' rows of x, or partial
  count: u32,
  rows: u32, // of all images
  x: u32,
  dy: u32,
  partials: u32,
  blocks: u32,
  outBlocks: u32,
  width: u32,
  rowsPerPartial: u32,
  hasNorm: u32,
  hasRelu: u32,
}

@group(0) @binding(0) var<uniform> slab: Slab;
@group(0) @binding(1) var<storage, read_write> x: array<StoredX>; // source, or its gradient
@group(0) @binding(2) var<storage, read_write> norm: array<vec4f>;
// Weight, or the partials of its gradient.
@group(0) @binding(3) var<storage, read_write> weight: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> dy: array<StoredDy>;

/** Vectors of a row of dy. */
fn lineStep() -> u32 {
  return 2u * slab.width * slab.outBlocks;
}

/** Vectors of weights from one tap to the next. */
fn tapStep() -> u32 {
  return 4u * slab.outBlocks;
}

@compute @workgroup_size(GROUP)
fn source_gradient(
  @builtin(global_invocation_id) id: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let index = invocation(id, groups);
  let i = index % slab.blocks;
  let spans = (slab.width + 3u) / 4u;
  let column = index / slab.blocks % spans * 4u;
  let line = index / (slab.blocks * spans);
  if (line >= slab.count) {
    return;
  }
  let row = slab.first + line;
  let last = slab.width - 1u;
  let start = row * 2u * lineStep() - slab.dy;
  let at0 = start + column * 2u * slab.outBlocks;
  let at1 = start + min(column + 1u, last) * 2u * slab.outBlocks;
  let at2 = start + min(column + 2u, last) * 2u * slab.outBlocks;
  let at3 = start + min(column + 3u, last) * 2u * slab.outBlocks;
  var sum0 = vec4f();
  var sum1 = vec4f();
  var sum2 = vec4f();
  var sum3 = vec4f();
  for (var tap = 0u; tap < 4u; tap++) {
    let below = tap / 2u * lineStep() + tap % 2u * slab.outBlocks;
    for (var o = 0u; o < slab.outBlocks; o++) {
      let m = transpose(matrixAt((i * 4u + tap) * tapStep() + o, slab.outBlocks));
      sum0 = product(m, loadDy(at0 + below + o), sum0);
      sum1 = product(m, loadDy(at1 + below + o), sum1);
      sum2 = product(m, loadDy(at2 + below + o), sum2);
      sum3 = product(m, loadDy(at3 + below + o), sum3);
    }
  }
  let at = (row * slab.width + column) * slab.blocks + i - slab.x;
  storeX(at, sum0);
  if (column + 1u < slab.width) {
    storeX(at + slab.blocks, sum1);
  }
  if (column + 2u < slab.width) {
    storeX(at + 2u * slab.blocks, sum2);
  }
  if (column + 3u < slab.width) {
    storeX(at + 3u * slab.blocks, sum3);
  }
}

@compute @workgroup_size(GROUP)
fn weight_gradient(
  @builtin(global_invocation_id) id: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let index = invocation(id, groups);
  let o = index % slab.outBlocks;
  let i = index / slab.outBlocks % slab.blocks;
  let partial = slab.first + index / (slab.outBlocks * slab.blocks);
  if (partial >= slab.first + slab.count) {
    return;
  }
  let blockNorm = normOf(i);
  var a = mat4x4f();
  var b = mat4x4f();
  var c = mat4x4f();
  var d = mat4x4f();
  let end = min((partial + 1u) * slab.rowsPerPartial, slab.rows);
  for (var row = partial * slab.rowsPerPartial; row < end; row++) {
    for (var column = 0u; column < slab.width; column++) {
      let raw = loadX((row * slab.width + column) * slab.blocks + i - slab.x);
      let value = asRead(raw, blockNorm);
      let at = row * 2u * lineStep() + column * 2u * slab.outBlocks + o - slab.dy;
      a = outer(a, loadDy(at), value);
      b = outer(b, loadDy(at + slab.outBlocks), value);
      c = outer(c, loadDy(at + lineStep()), value);
      d = outer(d, loadDy(at + lineStep() + slab.outBlocks), value);
    }
  }
  let at = (partial * slab.blocks + i) * 4u * tapStep() + o - slab.partials;
  store(at, a);
  store(at + tapStep(), b);
  store(at + 2u * tapStep(), c);
  store(at + 3u * tapStep(), d);
}

/** Stores the matrix of a tap, a row of output channels for each of four input channels. */
fn store(at: u32, m: mat4x4f) {
  weight[at] = m[0];
  weight[at + slab.outBlocks] = m[1];
  weight[at + 2u * slab.outBlocks] = m[2];
  weight[at + 3u * slab.outBlocks] = m[3];
}
