// The gradients of a step that takes several batches:
//
//   a = PART g   (the first batch of a step),   a += PART g   (every other one)
//
// The first batch uses no a, so nobody has to clear it. A workgroup takes a portion of a tensor
// (tensor_list.wgsl), an invocation one vector. Memory limits its speed.

struct Slab {
  firstTensor: u32,
  tensorCount: u32,
}

@group(0) @binding(0) var<uniform> slab: Slab;
@group(0) @binding(1) var<storage, read_write> added: array<vec4f>; // [batches in a]
@group(0) @binding(2) var<storage, read_write> tensors: array<Listed>;
@group(0) @binding(3) var<storage, read_write> gradient: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> accumulated: array<vec4f>;

@compute @workgroup_size(GROUP)
fn accumulate(
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
  let g = gradient[tensor.at.x + index];
  let a = tensor.at.y + index;
  if (added[0].x == 0f) {
    accumulated[a] = PART * g;
  } else {
    accumulated[a] = fma(vec4f(PART), g, accumulated[a]);
  }
}
