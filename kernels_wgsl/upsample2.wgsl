// Bilinear upsampling to twice the size with aligned corners, and its gradient.
//
// Output position i lies at i (size - 1) / (2 size - 1) of the input, between its floor and the
// next pixel. Floor and remainder are computed in whole numbers, so rounding never selects another
// neighbour. The gradient gathers: every input pixel reads the 6 x 6 outputs that may have read it.
// An invocation computes one block of one pixel.

struct Slab {
  firstRow: u32, // of all images' rows of the result
  rows: u32,
  x: u32,
  y: u32,
  blocks: u32,
  height: u32,
  width: u32,
  hasNorm: u32,
  hasRelu: u32,
}

@group(0) @binding(0) var<uniform> slab: Slab;
@group(0) @binding(1) var<storage, read_write> x: array<StoredX>; // source, or its gradient
@group(0) @binding(2) var<storage, read_write> norm: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> y: array<StoredY>; // result, or its gradient

/** A position between pixels `low` and `high` (equal at the edge); `weight` is that of `high`. */
struct Position {
  low: u32,
  high: u32,
  weight: f32,
}

fn position(i: u32, size: u32) -> Position {
  let steps = 2u * size - 1u;
  let low = i * (size - 1u) / steps;
  return Position(low, min(low + 1u, size - 1u), f32(i * (size - 1u) % steps) / f32(steps));
}

@compute @workgroup_size(GROUP)
fn upsample(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = invocation(id, groups);
  let block = index % slab.blocks;
  let pixel = index / slab.blocks;
  let column = pixel % (2u * slab.width);
  let line = pixel / (2u * slab.width);
  if (line >= slab.rows) {
    return;
  }
  let row = slab.firstRow + line;
  let first = row / (2u * slab.height) * slab.height;
  let v = position(row % (2u * slab.height), slab.height);
  let h = position(column, slab.width);
  let above = between(first + v.low, h, block);
  let below = between(first + v.high, h, block);
  let to = (row * 2u * slab.width + column) * slab.blocks + block - slab.y;
  storeY(to, mix2(above, below, v.weight));
}

/** A value between two columns of a row of the source. */
fn between(row: u32, h: Position, block: u32) -> vec4f {
  let line = row * slab.width;
  let left = activatedAt((line + h.low) * slab.blocks + block - slab.x, block);
  let right = activatedAt((line + h.high) * slab.blocks + block - slab.x, block);
  return mix2(left, right, h.weight);
}

fn mix2(a: vec4f, b: vec4f, weight: f32) -> vec4f {
  return a * (1f - weight) + b * weight;
}

/** Weight of input `at` in output i. */
fn weightOf(i: u32, at: u32, size: u32) -> f32 {
  let p = position(i, size);
  return select(0f, 1f - p.weight, p.low == at) + select(0f, p.weight, p.high == at);
}

@compute @workgroup_size(GROUP)
fn gradient(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = invocation(id, groups);
  let block = index % slab.blocks;
  let pixel = index / slab.blocks;
  let column = pixel % slab.width;
  let line = pixel / slab.width;
  if (line >= slab.rows) {
    return;
  }
  let row = slab.firstRow + line;
  let n = row / slab.height;
  let inRow = row % slab.height;
  var sum = vec4f();
  for (var v = max(2u * inRow, 2u) - 2u; v < min(2u * inRow + 4u, 2u * slab.height); v++) {
    let vertical = weightOf(v, inRow, slab.height);
    var rowSum = vec4f();
    for (var h = max(2u * column, 2u) - 2u; h < min(2u * column + 4u, 2u * slab.width); h++) {
      let at = ((n * 2u * slab.height + v) * 2u * slab.width + h) * slab.blocks + block - slab.y;
      rowSum = fma(loadY(at), vec4f(weightOf(h, column, slab.width)), rowSum);
    }
    sum = fma(rowSum, vec4f(vertical), sum);
  }
  storeX((row * slab.width + column) * slab.blocks + block - slab.x, sum);
}
