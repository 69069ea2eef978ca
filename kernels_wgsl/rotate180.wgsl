// Rotates the weights of a 3x3 convolution by 180 degrees, for its input gradient: taps in reverse
// order, input and output channels exchanged. [out block][in block][tap] becomes
// [in block][out block][8 - tap], each 4x4 matrix transposed. An invocation moves one matrix.

struct Slab {
  outBlocks: u32,
  inBlocks: u32,
}

@group(0) @binding(0) var<uniform> slab: Slab;
@group(0) @binding(1) var<storage, read_write> weight: array<mat4x4f>;
@group(0) @binding(2) var<storage, read_write> flippedWeights: array<mat4x4f>;

@compute @workgroup_size(GROUP)
fn rotate180(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = invocation(id, groups);
  if (index >= slab.outBlocks * slab.inBlocks * 9u) {
    return;
  }
  let tap = index % 9u;
  let blocks = index / 9u;
  let i = blocks % slab.inBlocks;
  let o = blocks / slab.inBlocks;
  flippedWeights[(i * slab.outBlocks + o) * 9u + 8u - tap] = transpose(weight[index]);
}
