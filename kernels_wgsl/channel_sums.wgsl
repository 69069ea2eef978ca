// Sums every channel of a map over runs of pixels: partials[partial][block]. reduce.wgsl adds the
// partials. An invocation computes one partial of one block of four channels, four pixels a turn,
// so that their loads are in flight together.

struct Slab {
  firstPartial: u32,
  partialCount: u32,
  pixels: u32, // of all images
  pixelsPerPartial: u32,
  blocks: u32,
  x: u32,
}

@group(0) @binding(0) var<uniform> slab: Slab;
@group(0) @binding(1) var<storage, read_write> x: array<StoredX>;
@group(0) @binding(2) var<storage, read_write> partials: array<vec4f>;

@compute @workgroup_size(GROUP)
fn sums(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = invocation(id, groups);
  let block = index % slab.blocks;
  if (index / slab.blocks >= slab.partialCount) {
    return;
  }
  let partial = slab.firstPartial + index / slab.blocks;
  let end = min((partial + 1u) * slab.pixelsPerPartial, slab.pixels);
  var sum = vec4f();
  var pixel = partial * slab.pixelsPerPartial;
  for (; pixel + 4u <= end; pixel += 4u) {
    let at = pixel * slab.blocks + block - slab.x;
    let a = loadX(at);
    let b = loadX(at + slab.blocks);
    let c = loadX(at + 2u * slab.blocks);
    let d = loadX(at + 3u * slab.blocks);
    sum += (a + b) + (c + d);
  }
  for (; pixel < end; pixel++) {
    sum += loadX(pixel * slab.blocks + block - slab.x);
  }
  partials[partial * slab.blocks + block] = sum;
}
