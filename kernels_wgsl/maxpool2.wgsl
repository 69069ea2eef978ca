// Max-pooling 2x2 with stride 2 and its gradient. An odd last row or column is dropped.
//
// Batch norm and ReLU are applied before values are compared, since gamma may be negative. The
// gradient is added to that of the first maximum in row-major order. An invocation computes one
// block of one output pixel. Memory limits the speed.

struct Slab {
  firstRow: u32, // of all images' output rows
  rows: u32,
  x: u32,
  y: u32,
  dx: u32,
  blocks: u32,
  height: u32,
  width: u32,
  hasNorm: u32,
  hasRelu: u32,
}

@group(0) @binding(0) var<uniform> slab: Slab;
@group(0) @binding(1) var<storage, read_write> x: array<StoredX>;
@group(0) @binding(2) var<storage, read_write> norm: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> y: array<StoredY>; // result, or its gradient
@group(0) @binding(4) var<storage, read_write> dx: array<StoredDx>;

/** The first maximum of four pixels, per channel. A NaN counts as larger than every number. */
struct Best {
  value: vec4f,
  index: vec4u,
}

fn better(best: Best, value: vec4f, index: u32) -> Best {
  let wins = isNan(value) | ((value > best.value) & !isNan(best.value));
  return Best(select(best.value, value, wins), select(best.index, vec4u(index), wins));
}

fn bestOf(at: u32, block: u32) -> Best {
  let below = at + slab.width * slab.blocks;
  var best = Best(activatedAt(at, block), vec4u());
  best = better(best, activatedAt(at + slab.blocks, block), 1u);
  best = better(best, activatedAt(below, block), 2u);
  return better(best, activatedAt(below + slab.blocks, block), 3u);
}

@compute @workgroup_size(GROUP)
fn pool(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = invocation(id, groups);
  if (index >= slab.rows * (slab.width / 2u) * slab.blocks) {
    return;
  }
  let place = placeOf(index);
  storeY(place.out - slab.y, bestOf(place.corner - slab.x, place.block).value);
}

@compute @workgroup_size(GROUP)
fn gradient(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = invocation(id, groups);
  if (index >= slab.rows * (slab.width / 2u) * slab.blocks) {
    return;
  }
  let place = placeOf(index);
  let best = bestOf(place.corner - slab.x, place.block).index;
  let g = loadY(place.out - slab.y);
  let at = place.corner - slab.dx;
  let below = at + slab.width * slab.blocks;
  storeDx(at, loadDx(at) + select(vec4f(), g, best == vec4u(0u)));
  storeDx(at + slab.blocks, loadDx(at + slab.blocks) + select(vec4f(), g, best == vec4u(1u)));
  storeDx(below, loadDx(below) + select(vec4f(), g, best == vec4u(2u)));
  storeDx(below + slab.blocks, loadDx(below + slab.blocks) + select(vec4f(), g, best == vec4u(3u)));
}

struct Where {
  block: u32,
  out: u32,
  corner: u32,
}

fn placeOf(index: u32) -> Where {
  let outHeight = slab.height / 2u;
  let outWidth = slab.width / 2u;
  let block = index % slab.blocks;
  let pixel = index / slab.blocks;
  let column = pixel % outWidth;
  let row = slab.firstRow + pixel / outWidth;
  let line = row / outHeight * slab.height + row % outHeight * 2u;
  return Where(
    block,
    (row * outWidth + column) * slab.blocks + block,
    (line * slab.width + column * 2u) * slab.blocks + block,
  );
}
