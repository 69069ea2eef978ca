// Adds copies of an array of vectors, in order: out[i] = parts[0][i] + parts[1][i] + ...
// The second half of every split sum; one invocation a vector.

struct Slab {
  vectors: u32,
  copies: u32,
  stride: u32,
}

@group(0) @binding(0) var<uniform> slab: Slab;
@group(0) @binding(1) var<storage, read_write> parts: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4f>;

@compute @workgroup_size(GROUP)
fn reduce(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = invocation(id, groups);
  if (index >= slab.vectors) {
    return;
  }
  var sum = parts[index];
  for (var copy = 1u; copy < slab.copies; copy++) {
    sum += parts[copy * slab.stride + index];
  }
  out[index] = sum;
}
