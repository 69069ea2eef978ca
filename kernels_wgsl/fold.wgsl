// Folds a batch norm with its running statistics into the convolution before it:
//
//   weight * scale,   bias = shift - mean * scale,   scale = gamma / sqrt(var + EPSILON)
//
// An invocation folds one 4x4 matrix [out block][in block][tap]. The first invocation of an output
// block also writes its bias.

struct Slab {
  outBlocks: u32,
  matricesPerBlock: u32,
}

@group(0) @binding(0) var<uniform> slab: Slab;
@group(0) @binding(1) var<storage, read_write> weight: array<mat4x4f>;
@group(0) @binding(2) var<storage, read_write> gamma: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> beta: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> runningMean: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> runningVar: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> outWeight: array<mat4x4f>;
@group(0) @binding(7) var<storage, read_write> outBias: array<vec4f>;

@compute @workgroup_size(GROUP)
fn fold(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = invocation(id, groups);
  let block = index / slab.matricesPerBlock;
  if (block >= slab.outBlocks) {
    return;
  }
  let scale = gamma[block] / sqrt(runningVar[block] + EPSILON);
  let m = weight[index];
  outWeight[index] = mat4x4f(m[0] * scale, m[1] * scale, m[2] * scale, m[3] * scale);
  if (index % slab.matricesPerBlock == 0u) {
    outBias[block] = beta[block] - runningMean[block] * scale;
  }
}
