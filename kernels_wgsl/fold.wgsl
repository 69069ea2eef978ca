// Folds a batch norm with its running statistics into the convolution before it:
//
//   weight * scale,   bias = shift - mean * scale,   scale = gamma / sqrt(var + EPSILON)
//
// An invocation folds one vector of a row of output channels. The invocations of the first row also
// write the bias.

struct Slab {
  outBlocks: u32,
  vectors: u32,
}

@group(0) @binding(0) var<uniform> slab: Slab;
@group(0) @binding(1) var<storage, read_write> weight: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> gamma: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> beta: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> runningMean: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> runningVar: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> outWeight: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> outBias: array<vec4f>;

@compute @workgroup_size(GROUP)
fn fold(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = invocation(id, groups);
  if (index >= slab.vectors) {
    return;
  }
  let block = index % slab.outBlocks;
  let scale = gamma[block] / sqrt(runningVar[block] + EPSILON);
  outWeight[index] = weight[index] * scale;
  if (index < slab.outBlocks) {
    outBias[block] = beta[block] - runningMean[block] * scale;
  }
}
