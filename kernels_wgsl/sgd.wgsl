// Gradient descent with Nesterov momentum, with PyTorch's order of operations:
//
//   d = g + weight decay * p   (where the parameter decays)
//   b = momentum b + d,   p -= rate (d + momentum b)
//
// With CLIP, g is the gradient times `clip`; if that is -1, the step changes nothing.
// `prepare` has nothing to do here: hosts call it for every rule. `update` uses one invocation per
// vector. Memory limits its speed.

struct Slab {
  vectors: u32,
  decays: u32,
}

@group(0) @binding(0) var<uniform> slab: Slab;
@group(0) @binding(1) var<storage, read_write> rate: array<vec4f>; // [learning rate, t]
@group(0) @binding(2) var<storage, read_write> rates: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> clip: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> parameter: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> gradient: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> momentum: array<vec4f>;

@compute @workgroup_size(1)
fn prepare() {
  rates[0] = rate[0];
}

@compute @workgroup_size(GROUP)
fn update(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = invocation(id, groups);
  if (index >= slab.vectors) {
    return;
  }
  let p = parameter[index];
  var d = gradient[index];
  if (CLIP) {
    if (clip[0].x == -1f) {
      return;
    }
    d *= clip[0].x;
  }
  if (slab.decays != 0u) {
    d += WEIGHT_DECAY * p;
  }
  let b = momentum[index] * MOMENTUM + d;
  momentum[index] = b;
  parameter[index] = p - rates[0].x * (d + MOMENTUM * b);
}
