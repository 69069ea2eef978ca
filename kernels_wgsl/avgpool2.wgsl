// The mean of each 2x2 window of planes, stride 2; an odd last row or column is dropped. An
// invocation computes one value.

struct Slab {
  values: u32, // of the result
  height: u32,
  width: u32,
}

@group(0) @binding(0) var<uniform> slab: Slab;
@group(0) @binding(1) var<storage, read_write> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(GROUP)
fn pool(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = invocation(id, groups);
  if (index >= slab.values) {
    return;
  }
  let columns = slab.width / 2u;
  let rows = slab.height / 2u;
  let row = index / columns;
  let at = (row / rows * slab.height + row % rows * 2u) * slab.width + index % columns * 2u;
  y[index] = 0.25f * ((x[at] + x[at + 1u]) + (x[at + slab.width] + x[at + slab.width + 1u]));
}
