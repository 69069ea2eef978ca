// One summand of a sum of maps: `add` writes the map, after its batch norm and ReLU, or adds it to
// the result (ADDS); `clear` writes zeros. The host dispatches it once per map. An invocation
// computes one block of one pixel. Memory limits the speed.

struct Slab {
  vectors: u32,
  x: u32,
  y: u32,
  first: u32, // of the slab
  blocks: u32,
  hasNorm: u32,
  hasRelu: u32,
}

@group(0) @binding(0) var<uniform> slab: Slab;
@group(0) @binding(1) var<storage, read_write> y: array<StoredY>;
@group(0) @binding(2) var<storage, read_write> x: array<StoredX>;
@group(0) @binding(3) var<storage, read_write> norm: array<vec4f>;

@compute @workgroup_size(GROUP)
fn add(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = invocation(id, groups);
  if (index >= slab.vectors) {
    return;
  }
  let at = slab.first + index;
  let value = activatedAt(at - slab.x, at % slab.blocks);
  if (ADDS) {
    storeY(at - slab.y, loadY(at - slab.y) + value);
  } else {
    storeY(at - slab.y, value);
  }
}

@compute @workgroup_size(GROUP)
fn clear(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = invocation(id, groups);
  if (index < slab.vectors) {
    storeY(slab.first + index - slab.y, vec4f());
  }
}
