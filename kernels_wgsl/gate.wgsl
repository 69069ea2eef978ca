// An attention gate: a map, each of whose pixels is multiplied with the sigmoid of a map of one
// channel, and its gradients:
//
//   y = x s,   s = sigmoid(g)
//   dx = dy s,   dg = s (1 - s) (sum over channels of dy x)
//
// Batch norm and ReLU of both sources are applied as they are loaded. An invocation of `multiply`
// computes one block of one pixel, one of `gradient` all of a pixel. Memory limits the speed.

struct Slab {
  pixels: u32,
  first: u32, // of the slab, of all images
  x: u32,
  g: u32,
  y: u32,
  dx: u32,
  dg: u32,
}

@group(0) @binding(0) var<uniform> slab: Slab;
@group(0) @binding(1) var<storage, read_write> x: array<StoredX>;
@group(0) @binding(2) var<storage, read_write> norm: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> g: array<StoredG>;
@group(0) @binding(4) var<storage, read_write> gateNorm: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> y: array<StoredY>; // or its gradient
@group(0) @binding(6) var<storage, read_write> dx: array<StoredDx>;
@group(0) @binding(7) var<storage, read_write> dg: array<StoredDg>;

/** The sigmoid of the gate at a pixel. */
fn weightOf(pixel: u32) -> f32 {
  var one = Norm(vec4f(), vec4f(), vec4f());
  if (GATE_NORM) {
    one = Norm(gateNorm[0], gateNorm[2], gateNorm[3]);
  }
  let value = activated(loadG(pixel - slab.g), one, GATE_NORM, GATE_RELU).x;
  return 1f / (1f + exponential(-value));
}

@compute @workgroup_size(GROUP)
fn multiply(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = invocation(id, groups);
  if (index >= slab.pixels * BLOCKS) {
    return;
  }
  let pixel = slab.first + index / BLOCKS;
  let block = index % BLOCKS;
  let at = pixel * BLOCKS + block;
  storeY(at - slab.y, activatedAt(at - slab.x, block) * weightOf(pixel));
}

@compute @workgroup_size(GROUP)
fn gradient(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = invocation(id, groups);
  if (index >= slab.pixels) {
    return;
  }
  let pixel = slab.first + index;
  let s = weightOf(pixel);
  var sum = vec4f();
  for (var block = 0u; block < BLOCKS; block++) {
    let at = pixel * BLOCKS + block;
    let dy = loadY(at - slab.y);
    sum = fma(dy, activatedAt(at - slab.x, block), sum);
    storeDx(at - slab.dx, dy * s);
  }
  let dot = (sum.x + sum.y) + (sum.z + sum.w);
  storeDg(pixel - slab.dg, vec4f(s * (1f - s) * dot, 0f, 0f, 0f));
}
