// Grey bytes to floats, (byte / 255 - mean) / std, by a table of the 256 results. The host computes
// the table, since a GPU's division need not be exact. An invocation converts four pixels.

struct Slab {
  vectors: u32,
}

@group(0) @binding(0) var<uniform> slab: Slab;
@group(0) @binding(1) var<storage, read_write> image: array<u32>; // four bytes each
@group(0) @binding(2) var<storage, read_write> values: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<vec4f>;

@compute @workgroup_size(GROUP)
fn normalise(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = invocation(id, groups);
  if (index >= slab.vectors) {
    return;
  }
  let bytes = image[index];
  out[index] = vec4f(
    values[bytes & 255u],
    values[(bytes >> 8u) & 255u],
    values[(bytes >> 16u) & 255u],
    values[bytes >> 24u],
  );
}
