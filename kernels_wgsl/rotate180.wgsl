// Rotates the weights of a convolution by 180 degrees, for its input gradient: taps in reverse
// order, input and output channels exchanged. [out block][in block][tap] becomes [in block][out
// block][taps - 1 - tap], each 4x4 matrix transposed. An invocation moves one matrix.

struct Slab {
  outBlocks: u32,
  inBlocks: u32,
  taps: u32,
}

@group(0) @binding(0) var<uniform> slab: Slab;
@group(0) @binding(1) var<storage, read_write> weight: array<mat4x4f>;
@group(0) @binding(2) var<storage, read_write> flippedWeights: array<mat4x4f>;

@compute @workgroup_size(GROUP)
fn rotate180(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = invocation(id, groups);
  if (index >= slab.outBlocks * slab.inBlocks * slab.taps) {
    return;
  }
  let tap = index % slab.taps;
  let blocks = index / slab.taps;
  let i = blocks % slab.inBlocks;
  let o = blocks / slab.inBlocks;
  flippedWeights[(i * slab.outBlocks + o) * slab.taps + slab.taps - 1u - tap] = transpose(weight[index]);
}
