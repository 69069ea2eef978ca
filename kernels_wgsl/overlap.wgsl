// Overlap counts per image: pixels predicted and true, predicted (logit > 0), true (mask > 0.5), in
// whole numbers. `counts` counts pieces of PIECE values, `totals` adds an image's pieces up.

struct Slab {
  images: u32,
  values: u32, // of one image
  pieces: u32, // of one image
}

@group(0) @binding(0) var<uniform> slab: Slab;
@group(0) @binding(1) var<storage, read_write> logits: array<f32>;
@group(0) @binding(2) var<storage, read_write> mask: array<f32>;
@group(0) @binding(3) var<storage, read_write> parts: array<vec4u>; // [image][piece]
@group(0) @binding(4) var<storage, read_write> result: array<f32>; // [image][3]

@compute @workgroup_size(GROUP)
fn counts(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = invocation(id, groups);
  if (index >= slab.images * slab.pieces) {
    return;
  }
  let first = index % slab.pieces * PIECE;
  let image = index / slab.pieces * slab.values;
  let end = min(first + PIECE, slab.values);
  var sum = vec4u();
  for (var i = first; i < end; i++) {
    let predicted = logits[image + i] > 0f;
    let truth = mask[image + i] > 0.5f;
    sum += vec4u(u32(predicted && truth), u32(predicted), u32(truth), 0u);
  }
  parts[index] = sum;
}

@compute @workgroup_size(GROUP)
fn totals(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let image = invocation(id, groups);
  if (image >= slab.images) {
    return;
  }
  var sum = vec4u();
  for (var piece = 0u; piece < slab.pieces; piece++) {
    sum += parts[image * slab.pieces + piece];
  }
  result[image * 3u] = f32(sum.x);
  result[image * 3u + 1u] = f32(sum.y);
  result[image * 3u + 2u] = f32(sum.z);
}
