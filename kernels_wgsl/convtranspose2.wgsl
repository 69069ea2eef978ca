// Transposed convolution 2x2 with stride 2: every input pixel fills a 2x2 block of the output, a
// product of one input vector with four matrices.
//
//   y[n, 2r + ky, 2c + kx, o] = bias[o] + sum over i of x[n, r, c, i] * weight[i, o, ky, kx]
//
// Weights are rows of output channels, [in block][tap][channel of the block][out block]. Batch norm
// and ReLU are applied as the source is loaded. An invocation computes one block of the outputs of
// 4 input pixels of a row, in 16 vector accumulators. Per input block it does 4 loads of pixels and
// 16 of weights for 64 vector multiply-adds. convtranspose2_tiled.wgsl is its counterpart for GPUs.

struct Slab {
  firstRow: u32, // of all images' input rows
  rows: u32,
  x: u32,
  y: u32,
  blocks: u32,
  outBlocks: u32,
  width: u32,
  hasNorm: u32,
  hasRelu: u32,
}

@group(0) @binding(0) var<uniform> slab: Slab;
@group(0) @binding(1) var<storage, read_write> x: array<StoredX>;
@group(0) @binding(2) var<storage, read_write> norm: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> weight: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> bias: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> y: array<StoredY>;

/** The four outputs of an input pixel. */
struct Quad {
  a: vec4f,
  b: vec4f,
  c: vec4f,
  d: vec4f,
}

fn spread(v: vec4f, a: mat4x4f, b: mat4x4f, c: mat4x4f, d: mat4x4f, sum: Quad) -> Quad {
  return Quad(
    product(a, v, sum.a),
    product(b, v, sum.b),
    product(c, v, sum.c),
    product(d, v, sum.d),
  );
}

@compute @workgroup_size(GROUP)
fn convolve(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = invocation(id, groups);
  let o = index % slab.outBlocks;
  let spans = (slab.width + 3u) / 4u;
  let column = index / slab.outBlocks % spans * 4u;
  let line = index / (slab.outBlocks * spans);
  if (line >= slab.rows) {
    return;
  }
  let row = slab.firstRow + line;
  let last = slab.width - 1u;
  let at0 = (row * slab.width + column) * slab.blocks - slab.x;
  let at1 = (row * slab.width + min(column + 1u, last)) * slab.blocks - slab.x;
  let at2 = (row * slab.width + min(column + 2u, last)) * slab.blocks - slab.x;
  let at3 = (row * slab.width + min(column + 3u, last)) * slab.blocks - slab.x;
  let start = bias[o];
  // Vectors of weights from one tap to the next.
  let tapStep = 4u * slab.outBlocks;
  var q0 = Quad(start, start, start, start);
  var q1 = q0;
  var q2 = q0;
  var q3 = q0;
  for (var i = 0u; i < slab.blocks; i++) {
    let w = i * 4u * tapStep + o;
    let a = matrixAt(w, slab.outBlocks);
    let b = matrixAt(w + tapStep, slab.outBlocks);
    let c = matrixAt(w + 2u * tapStep, slab.outBlocks);
    let d = matrixAt(w + 3u * tapStep, slab.outBlocks);
    q0 = spread(activatedAt(at0 + i, i), a, b, c, d, q0);
    q1 = spread(activatedAt(at1 + i, i), a, b, c, d, q1);
    q2 = spread(activatedAt(at2 + i, i), a, b, c, d, q2);
    q3 = spread(activatedAt(at3 + i, i), a, b, c, d, q3);
  }
  store(row, column, o, q0);
  if (column + 1u < slab.width) {
    store(row, column + 1u, o, q1);
  }
  if (column + 2u < slab.width) {
    store(row, column + 2u, o, q2);
  }
  if (column + 3u < slab.width) {
    store(row, column + 3u, o, q3);
  }
}

/** Stores four outputs. Row r of all images' input rows becomes rows 2r and 2r + 1. */
fn store(row: u32, column: u32, o: u32, q: Quad) {
  let at = (row * 4u * slab.width + column * 2u) * slab.outBlocks + o - slab.y;
  let below = at + 2u * slab.width * slab.outBlocks;
  storeY(at, q.a);
  storeY(at + slab.outBlocks, q.b);
  storeY(below, q.c);
  storeY(below + slab.outBlocks, q.d);
}
