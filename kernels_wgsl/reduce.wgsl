// Adds copies of an array of vectors, in order: out[i] = parts[0][i] + parts[1][i] + ... The second
// half of every split sum; one invocation a vector. A dispatch that does not begin with the first
// copy goes on from what is there, so that any cut gives the same sum.

struct Slab {
  vectors: u32,
  firstCopy: u32,
  copies: u32,
  parts: u32,
}

@group(0) @binding(0) var<uniform> slab: Slab;
@group(0) @binding(1) var<storage, read_write> parts: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4f>;

@compute @workgroup_size(GROUP)
fn reduce(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = invocation(id, groups);
  if (index >= slab.vectors) {
    return;
  }
  let end = slab.firstCopy + slab.copies;
  var copy = slab.firstCopy;
  var sum: vec4f;
  if (copy > 0u) {
    sum = out[index];
  } else {
    sum = parts[index - slab.parts];
    copy++;
  }
  for (; copy < end; copy++) {
    sum += parts[copy * slab.vectors + index - slab.parts];
  }
  out[index] = sum;
}
