// Backward through a ReLU: the gradient where the source's value is positive, else zero. It writes
// the result or adds it (ADDS). An invocation computes one block of one pixel. Memory limits the
// speed.

struct Slab {
  vectors: u32,
  x: u32,
  gradient: u32,
  y: u32,
  first: u32, // of the slab
  blocks: u32,
  hasNorm: u32,
  hasRelu: u32,
}

@group(0) @binding(0) var<uniform> slab: Slab;
@group(0) @binding(1) var<storage, read_write> x: array<StoredX>;
@group(0) @binding(2) var<storage, read_write> norm: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> gradient: array<StoredGradient>;
@group(0) @binding(4) var<storage, read_write> y: array<StoredY>;

@compute @workgroup_size(GROUP)
fn rectify(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = invocation(id, groups);
  if (index >= slab.vectors) {
    return;
  }
  let at = slab.first + index;
  let passes = isPositive(activatedAt(at - slab.x, at % slab.blocks));
  let value = select(vec4f(), loadGradient(at - slab.gradient), passes);
  if (ADDS) {
    storeY(at - slab.y, loadY(at - slab.y) + value);
  } else {
    storeY(at - slab.y, value);
  }
}
