// 1x1 convolution with bias, from a map to a plane of few channels:
//
//   out[n, o, y, x] = bias[o] + sum over i of weight[o, i] * in[n, y, x, i]
//
// Batch norm and ReLU of the source are applied as it is loaded. An invocation computes all
// channels of one pixel. Memory limits the speed: this is the last layer, and its source is the
// largest map of the network.

struct Slab {
  firstPixel: u32, // of all images
  pixels: u32,
  x: u32,
  size: u32, // pixels of an image
}

@group(0) @binding(0) var<uniform> slab: Slab;
@group(0) @binding(1) var<storage, read_write> x: array<StoredX>;
@group(0) @binding(2) var<storage, read_write> norm: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> weight: array<vec4f>; // [out][in block]
@group(0) @binding(4) var<storage, read_write> bias: array<f32>;
@group(0) @binding(5) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(GROUP)
fn convolve(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = invocation(id, groups);
  if (index >= slab.pixels) {
    return;
  }
  let pixel = slab.firstPixel + index;
  let at = pixel * BLOCKS - slab.x;
  let n = pixel / slab.size;
  for (var o = 0u; o < CLASSES; o++) {
    var sum = vec4f();
    for (var i = 0u; i < BLOCKS; i++) {
      sum = fma(weight[o * BLOCKS + i], activatedAt(at + i, i), sum);
    }
    let to = (n * CLASSES + o) * slab.size + pixel % slab.size;
    out[to] = bias[o] + ((sum.x + sum.y) + (sum.z + sum.w));
  }
}
