// Exponential moving averages of the weights:
//
//   d = min(decay, (1 + t) / (10 + t)),   e += (1 - d) (w - e)
//
// A workgroup takes a portion of a tensor (tensor_list.wgsl), an invocation one vector. Memory
// limits its speed.

struct Slab {
  firstTensor: u32,
  tensorCount: u32,
}

@group(0) @binding(0) var<uniform> slab: Slab;
@group(0) @binding(1) var<storage, read_write> rate: array<vec4f>; // [learning rate, t]
@group(0) @binding(2) var<storage, read_write> tensors: array<Listed>;
@group(0) @binding(3) var<storage, read_write> value: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> averaged: array<vec4f>;

@compute @workgroup_size(GROUP)
fn average(
  @builtin(local_invocation_index) lane: u32,
  @builtin(workgroup_id) id: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let portion = workgroupNumber(id, groups);
  let tensor = tensors[tensorOf(portion)];
  let index = vectorOf(tensor, portion, lane);
  if (index >= tensor.vectors) {
    return;
  }
  // 9 / (10 + t) is 1 - (1 + t) / (10 + t).
  let share = max(ONE_MINUS_DECAY, 9f / (10f + rate[0].y));
  let at = tensor.at.y + index;
  let e = averaged[at];
  averaged[at] = e + share * (value[tensor.at.x + index] - e);
}
