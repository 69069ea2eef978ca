// Overlap counts per image, in whole numbers: pixels both predicted and true, predicted (logit >
// 0), true (mask > 0.5). `counts` counts in runs of PARTIAL_VALUES values, `totals` adds an image's
// partial counts.

struct Slab {
  images: u32,
  values: u32, // of one image
  partialCount: u32, // of one image
}

@group(0) @binding(0) var<uniform> slab: Slab;
@group(0) @binding(1) var<storage, read_write> logits: array<f32>;
@group(0) @binding(2) var<storage, read_write> mask: array<f32>;
@group(0) @binding(3) var<storage, read_write> partials: array<vec4u>; // [image][partial]
@group(0) @binding(4) var<storage, read_write> result: array<f32>; // [image][3]

@compute @workgroup_size(GROUP)
fn counts(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = invocation(id, groups);
  if (index >= slab.images * slab.partialCount) {
    return;
  }
  let first = index % slab.partialCount * PARTIAL_VALUES;
  let image = index / slab.partialCount * slab.values;
  let end = min(first + PARTIAL_VALUES, slab.values);
  var sum = vec4u();
  for (var i = first; i < end; i++) {
    let predicted = logits[image + i] > 0f;
    let truth = mask[image + i] > 0.5f;
    sum += vec4u(u32(predicted && truth), u32(predicted), u32(truth), 0u);
  }
  partials[index] = sum;
}

@compute @workgroup_size(GROUP)
fn totals(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let image = invocation(id, groups);
  if (image >= slab.images) {
    return;
  }
  var sum = vec4u();
  for (var partial = 0u; partial < slab.partialCount; partial++) {
    sum += partials[image * slab.partialCount + partial];
  }
  result[image * 3u] = f32(sum.x);
  result[image * 3u + 1u] = f32(sum.y);
  result[image * 3u + 2u] = f32(sum.z);
}
