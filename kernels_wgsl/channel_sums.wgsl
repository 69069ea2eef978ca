// The sum of every channel of a map over pieces of its pixels: parts[piece][block], which
// reduce.wgsl adds up. An invocation works on one piece and one block of four channels.

struct Slab {
  firstPiece: u32,
  pieces: u32,
  pixels: u32, // of all images
  pixelsPerPiece: u32,
  blocks: u32,
  x: u32,
}

@group(0) @binding(0) var<uniform> slab: Slab;
@group(0) @binding(1) var<storage, read_write> x: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> parts: array<vec4f>;

@compute @workgroup_size(GROUP)
fn sums(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = invocation(id, groups);
  let block = index % slab.blocks;
  if (index / slab.blocks >= slab.pieces) {
    return;
  }
  let piece = slab.firstPiece + index / slab.blocks;
  let end = min((piece + 1u) * slab.pixelsPerPiece, slab.pixels);
  var sum = vec4f();
  for (var pixel = piece * slab.pixelsPerPiece; pixel < end; pixel++) {
    sum += x[pixel * slab.blocks + block - slab.x];
  }
  parts[piece * slab.blocks + block] = sum;
}
