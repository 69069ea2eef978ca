// Adds partial sums in order: out[i] = partials[0][i] + partials[1][i] + ... An invocation computes
// one vector i. A dispatch whose slab does not begin with the first partial adds to the value that
// `out` holds, so every cut into dispatches gives the same sum.

struct Slab {
  vectors: u32,
  firstPartial: u32,
  partialCount: u32,
  partials: u32,
}

@group(0) @binding(0) var<uniform> slab: Slab;
@group(0) @binding(1) var<storage, read_write> partials: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4f>;

@compute @workgroup_size(GROUP)
fn reduce(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = invocation(id, groups);
  if (index >= slab.vectors) {
    return;
  }
  let end = slab.firstPartial + slab.partialCount;
  var partial = slab.firstPartial;
  var sum: vec4f;
  if (partial > 0u) {
    sum = out[index];
  } else {
    sum = partials[index - slab.partials];
    partial++;
  }
  for (; partial < end; partial++) {
    sum += partials[partial * slab.vectors + index - slab.partials];
  }
  out[index] = sum;
}
