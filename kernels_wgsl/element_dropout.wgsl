// Every element times a factor of its own, 0 or KEPT, after the source's batch norm and ReLU.
//
// An invocation computes one block of one pixel: the four words of one counter decide about its
// four channels. Nothing is stored for the backward pass, which draws the same words again: 160
// integer operations, for 16 bytes that are read and 16 that are written.

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
// The key's two words, the step and the purpose: of each the lower and the upper 16 bits.
@group(0) @binding(3) var<storage, read_write> words: array<vec4f>;
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
  let pixel = at / slab.blocks % slab.pixels;
  let key = vec2u(words[0].xz) | (vec2u(words[0].yw) << vec2u(16u));
  let stream = vec2u(words[1].xz) | (vec2u(words[1].yw) << vec2u(16u));
  let random = philox(vec4u(block * slab.pixels + pixel, image, stream), key);
  let factors = select(vec4f(), vec4f(KEPT), random >= vec4u(LEAST));
  out[at - slab.out] = activatedAt(at - slab.x, block) * factors;
}
