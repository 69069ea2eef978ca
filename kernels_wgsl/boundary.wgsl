// How far each pixel of a mask is from the mean of the square around it: out = |mean - mask|.
//
// Of a square counts what lies in the image. `rows` sums the pixels of each pixel's row, `columns`
// adds these sums. Both use one invocation per pixel.

struct Slab {
  pixels: u32, // of all images and channels
  height: u32,
  width: u32,
  radius: u32,
}

@group(0) @binding(0) var<uniform> slab: Slab;
@group(0) @binding(1) var<storage, read_write> mask: array<f32>;
@group(0) @binding(2) var<storage, read_write> sums: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

/** The pixels of a square along one side of the image: from x to before y. */
fn around(at: u32, size: u32) -> vec2u {
  return vec2u(max(at, slab.radius) - slab.radius, min(at + slab.radius + 1u, size));
}

@compute @workgroup_size(GROUP)
fn rows(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let pixel = invocation(id, groups);
  if (pixel >= slab.pixels) {
    return;
  }
  let column = pixel % slab.width;
  let range = around(column, slab.width);
  var sum = 0f;
  for (var x = range.x; x < range.y; x++) {
    sum += mask[pixel - column + x];
  }
  sums[pixel] = sum;
}

@compute @workgroup_size(GROUP)
fn columns(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let pixel = invocation(id, groups);
  if (pixel >= slab.pixels) {
    return;
  }
  let row = pixel / slab.width % slab.height;
  let range = around(row, slab.height);
  let top = pixel - row * slab.width;
  var sum = 0f;
  for (var y = range.x; y < range.y; y++) {
    sum += sums[top + y * slab.width];
  }
  let beside = around(pixel % slab.width, slab.width);
  let count = f32((range.y - range.x) * (beside.y - beside.x));
  // Not sum / count - mask: where the mask is even, the difference is exactly 0.
  out[pixel] = abs(sum - count * mask[pixel]) / count;
}
