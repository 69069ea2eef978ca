// Every channel of an image times its factor, after the source's batch norm and ReLU. An invocation
// computes one block of one pixel. Memory limits the speed.

struct Slab {
  first: u32, // vector of all images
  count: u32,
  x: u32,
  out: u32,
  blocks: u32,
  pixels: u32, // of an image
  hasNorm: u32,
  hasRelu: u32,
}

@group(0) @binding(0) var<uniform> slab: Slab;
@group(0) @binding(1) var<storage, read_write> x: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> norm: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> factors: array<vec4f>; // [image][block]
@group(0) @binding(4) var<storage, read_write> out: array<vec4f>;

@compute @workgroup_size(GROUP)
fn multiply(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = invocation(id, groups);
  if (index >= slab.count) {
    return;
  }
  let at = slab.first + index;
  let block = at % slab.blocks;
  let image = at / (slab.pixels * slab.blocks);
  out[at - slab.out] = activatedAt(at - slab.x, block) * factors[image * slab.blocks + block];
}
