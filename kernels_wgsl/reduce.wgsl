// Adds partial sums in order: out[i] = partials[0][i] + partials[1][i] + ... An invocation computes
// one vector i, with eight loads in flight. A dispatch whose slab does not begin with the first
// partial adds to the value that `out` holds, so every cut into dispatches gives the same sum. The
// last partial may be shorter than the others.

struct Slab {
  vectors: u32, // of a partial
  firstPartial: u32,
  partialCount: u32,
  partials: u32,
  total: u32, // vectors of all partials
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
  let step = slab.vectors;
  var at = slab.firstPartial * step + index;
  let end = min((slab.firstPartial + slab.partialCount) * step, slab.total);
  var sum: vec4f;
  if (slab.firstPartial > 0u) {
    sum = out[index];
  } else {
    sum = partials[at - slab.partials];
    at += step;
  }
  for (; at + 7u * step < end; at += 8u * step) {
    let start = at - slab.partials;
    let a = partials[start];
    let b = partials[start + step];
    let c = partials[start + 2u * step];
    let d = partials[start + 3u * step];
    let e = partials[start + 4u * step];
    let f = partials[start + 5u * step];
    let g = partials[start + 6u * step];
    let h = partials[start + 7u * step];
    sum = sum + a + b + c + d + e + f + g + h;
  }
  for (; at < end; at += step) {
    sum += partials[at - slab.partials];
  }
  out[index] = sum;
}
