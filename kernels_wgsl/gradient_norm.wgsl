// The Euclidean norm of all gradients together, and the factor that limits it: [min(1, LIMIT /
// (norm + 1e-6)), norm], as torch.nn.utils.clip_grad_norm_.
//
// In `squares` an invocation sums a portion of a gradient (tensor_list.wgsl). A gradient's note is
// the number of its first partial. `total` (one workgroup) adds the partials of all gradients
// (lane_sums.wgsl).

struct Slab {
  firstTensor: u32,
  tensorCount: u32,
  partialCount: u32, // of this dispatch's gradients, or of all
}

@group(0) @binding(0) var<uniform> slab: Slab;
@group(0) @binding(1) var<storage, read_write> tensors: array<Listed>;
@group(0) @binding(2) var<storage, read_write> gradient: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> partials: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> result: array<vec4f>;

@compute @workgroup_size(GROUP)
fn squares(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let portion = invocation(id, groups);
  if (portion >= slab.partialCount) {
    return;
  }
  let tensor = tensors[tensorOf(portion)];
  var sum = vec4f();
  let end = min(vectorOf(tensor, portion, PORTION), tensor.vectors);
  for (var index = vectorOf(tensor, portion, 0u); index < end; index++) {
    let g = gradient[tensor.at.x + index];
    sum += g * g;
  }
  partials[tensor.note + portion - tensor.firstPortion] = sum;
}

@compute @workgroup_size(GROUP)
fn total(@builtin(local_invocation_index) lane: u32) {
  let four = sumOfPartials(0u, 1u, slab.partialCount, lane);
  if (lane == 0u) {
    let norm = sqrt((four.x + four.y) + (four.z + four.w));
    result[0] = vec4f(min(1f, LIMIT / (norm + 1e-6f)), norm, 0f, 0f);
  }
}
