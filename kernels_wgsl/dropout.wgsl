// Dropouts: every channel of an image, or every element, times its factor, after the source's batch
// norm and ReLU. An invocation computes one block of one pixel.
//
// Memory limits the speed of `channels`. `elements` draws its factors: the four words of a counter
// decide about the four channels of a block. Nothing is stored for the backward pass, which draws
// the same words again: 160 integer operations, for 16 bytes that are read and 16 that are written.

struct Slab {
  first: u32, // vector of all images
  count: u32,
  x: u32,
  out: u32,
  blocks: u32,
  pixels: u32, // of an image
  hasNorm: u32,
  hasRelu: u32,
  least: u32, // the least word of an element that is kept
  kept: u32, // bits of its factor
}

@group(0) @binding(0) var<uniform> slab: Slab;
@group(0) @binding(1) var<storage, read_write> x: array<StoredX>;
@group(0) @binding(2) var<storage, read_write> norm: array<vec4f>;
// Factors [image][block]. Of elements, the key's two words, the step and the purpose: of each the
// lower and the upper 16 bits.
@group(0) @binding(3) var<storage, read_write> drawn: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> out: array<StoredOut>;

@compute @workgroup_size(GROUP)
fn channels(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = invocation(id, groups);
  if (index >= slab.count) {
    return;
  }
  let at = slab.first + index;
  let block = at % slab.blocks;
  let image = at / (slab.pixels * slab.blocks);
  multiply(at, block, drawn[image * slab.blocks + block]);
}

@compute @workgroup_size(GROUP)
fn elements(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = invocation(id, groups);
  if (index >= slab.count) {
    return;
  }
  let at = slab.first + index;
  let block = at % slab.blocks;
  let place = at / slab.blocks;
  let image = place / slab.pixels;
  let pixel = place % slab.pixels;
  let key = vec2u(drawn[0].xz) | (vec2u(drawn[0].yw) << vec2u(16u));
  let stream = vec2u(drawn[1].xz) | (vec2u(drawn[1].yw) << vec2u(16u));
  let random = philox(vec4u(block * slab.pixels + pixel, image, stream), key);
  let kept = vec4f(bitcast<f32>(slab.kept));
  multiply(at, block, select(vec4f(), kept, random >= vec4u(slab.least)));
}

fn multiply(at: u32, block: u32, factors: vec4f) {
  storeOut(at - slab.out, activatedAt(at - slab.x, block) * factors);
}
