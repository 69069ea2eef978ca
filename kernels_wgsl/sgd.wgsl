// Gradient descent with Nesterov momentum, with PyTorch's order of operations:
//
//   d = g + weight decay * p   (where the parameter decays)
//   b = momentum b + d,   p -= rate (d + momentum b)
//
// With CLIP, g is the gradient times `clip`; if that is -1, the step changes nothing. A workgroup
// takes a portion of a parameter (tensor_list.wgsl), whose note says whether it decays; an
// invocation takes one vector. Memory limits its speed.

struct Slab {
  firstTensor: u32,
  tensorCount: u32,
}

@group(0) @binding(0) var<uniform> slab: Slab;
@group(0) @binding(1) var<storage, read_write> rate: array<vec4f>; // [learning rate, t]
@group(0) @binding(2) var<storage, read_write> clip: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> tensors: array<Listed>;
@group(0) @binding(4) var<storage, read_write> parameter: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> gradient: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> momentum: array<vec4f>;

@compute @workgroup_size(GROUP)
fn update(
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
  let at = tensor.at + index;
  let p = parameter[at.x];
  var d = gradient[at.y];
  if (CLIP) {
    if (clip[0].x == -1f) {
      return;
    }
    d *= clip[0].x;
  }
  if (tensor.note != 0u) {
    d += WEIGHT_DECAY * p;
  }
  let b = momentum[at.z] * MOMENTUM + d;
  momentum[at.z] = b;
  parameter[at.x] = p - rate[0].x * (d + MOMENTUM * b);
}
