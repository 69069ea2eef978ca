// The gradients of a step that takes several batches:
//
//   a = PART g   (the first batch of a step),   a += PART g   (every other one)
//
// The first batch uses no a, so nobody has to clear it. `accumulate` uses one invocation per
// vector. Memory limits its speed.

struct Slab {
  vectors: u32,
}

@group(0) @binding(0) var<uniform> slab: Slab;
@group(0) @binding(1) var<storage, read_write> added: array<vec4f>; // [batches in a]
@group(0) @binding(2) var<storage, read_write> gradient: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> accumulated: array<vec4f>;

@compute @workgroup_size(GROUP)
fn accumulate(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = invocation(id, groups);
  if (index >= slab.vectors) {
    return;
  }
  let g = gradient[index];
  if (added[0].x == 0f) {
    accumulated[index] = PART * g;
  } else {
    accumulated[index] = fma(vec4f(PART), g, accumulated[index]);
  }
}
