// Exponential moving averages of the weights:
//
//   d = min(decay, (1 + t) / (10 + t)),   e += (1 - d) (w - e)
//
// `average` uses one invocation per vector. Memory limits its speed.

struct Slab {
  vectors: u32,
}

@group(0) @binding(0) var<uniform> slab: Slab;
@group(0) @binding(1) var<storage, read_write> rate: array<vec4f>; // [learning rate, t]
@group(0) @binding(2) var<storage, read_write> value: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> averaged: array<vec4f>;

@compute @workgroup_size(GROUP)
fn average(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = invocation(id, groups);
  if (index >= slab.vectors) {
    return;
  }
  // 9 / (10 + t) is 1 - (1 + t) / (10 + t).
  let share = max(ONE_MINUS_DECAY, 9f / (10f + rate[0].y));
  let e = averaged[index];
  averaged[index] = e + share * (value[index] - e);
}
