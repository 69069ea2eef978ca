// Group norm: the statistics of each image and group of channels, and the normalised map.
//
//   value = (x - mean) * scale + shift
//   scale = gamma * rstd,   shift = beta,   rstd = 1 / sqrt(var + EPSILON)
//
// `moments` computes the moments of pixelsPerPartial pixels of an image, `gather` merges those of
// an image, `merge` those of a group's channels and writes the norm, `apply` writes the values.
// Merging (moments.wgsl) has a fixed order. An invocation, and in `gather` a workgroup, computes
// one block of four channels; a group may begin and end inside one. `moments` takes four pixels a
// turn, so that their loads are in flight together. Memory limits the speed.

struct Slab {
  blocks: u32,
  channels: u32,
  channelsPerGroup: u32,
  pixels: u32, // of an image
  first: u32, // partial of all images, or pixel of all images
  count: u32, // partials, images or pixels
  pixelsPerPartial: u32,
  partialsPerImage: u32,
  x: u32,
  out: u32,
}

@group(0) @binding(0) var<uniform> slab: Slab;
@group(0) @binding(1) var<storage, read_write> x: array<StoredX>;
@group(0) @binding(2) var<storage, read_write> partials: array<vec4f>; // [partial][mean, M2][block]
@group(0) @binding(3) var<storage, read_write> gathered: array<vec4f>; // [image][mean, M2][block]
@group(0) @binding(4) var<storage, read_write> gamma: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> beta: array<vec4f>;
// [image][mean, rstd, scale, shift][block]
@group(0) @binding(6) var<storage, read_write> norm: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> out: array<StoredOut>;

/** Pixels of a partial, the last of an image may have fewer. */
fn pixelsOf(partial: u32) -> u32 {
  let first = partial % slab.partialsPerImage * slab.pixelsPerPartial;
  return min(slab.pixelsPerPartial, slab.pixels - first);
}

/** Two passes over differences: a large mean costs no digits. */
@compute @workgroup_size(GROUP)
fn moments(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = invocation(id, groups);
  let block = index % slab.blocks;
  if (index / slab.blocks >= slab.count) {
    return;
  }
  let partial = slab.first + index / slab.blocks;
  let image = partial / slab.partialsPerImage;
  let firstPixel = image * slab.pixels + partial % slab.partialsPerImage * slab.pixelsPerPartial;
  let first = firstPixel * slab.blocks + block - slab.x;
  let end = first + pixelsOf(partial) * slab.blocks;
  let count = f32(pixelsOf(partial));
  let some = loadX(first);
  let step = slab.blocks;
  var sum = vec4f();
  var at = first;
  for (; at + 3u * step < end; at += 4u * step) {
    let a = loadX(at) - some;
    let b = loadX(at + step) - some;
    let c = loadX(at + 2u * step) - some;
    let d = loadX(at + 3u * step) - some;
    sum += (a + b) + (c + d);
  }
  for (; at < end; at += step) {
    sum += loadX(at) - some;
  }
  let mean = some + sum / count;
  var rest = vec4f();
  var squares = vec4f();
  at = first;
  for (; at + 3u * step < end; at += 4u * step) {
    let a = loadX(at) - mean;
    let b = loadX(at + step) - mean;
    let c = loadX(at + 2u * step) - mean;
    let d = loadX(at + 3u * step) - mean;
    rest += (a + b) + (c + d);
    squares = fma(a, a, fma(b, b, fma(c, c, fma(d, d, squares))));
  }
  for (; at < end; at += step) {
    let difference = loadX(at) - mean;
    rest += difference;
    squares = fma(difference, difference, squares);
  }
  let to = partial * 2u * slab.blocks + block;
  partials[to] = mean + rest / count;
  partials[to + slab.blocks] = fma(-rest, rest / count, squares);
}

/** Merges the partials of an image. */
@compute @workgroup_size(GROUP)
fn gather(
  @builtin(workgroup_id) number: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = workgroupNumber(number, groups);
  let block = index % slab.blocks;
  let image = index / slab.blocks;
  if (image >= slab.count) {
    return;
  }
  let sum = mergedByLanes(image * slab.partialsPerImage, slab.partialsPerImage, block, lane);
  if (lane == 0u) {
    let to = image * 2u * slab.blocks + block;
    gathered[to] = sum.mean;
    gathered[to + slab.blocks] = sum.squares;
  }
}

fn momentsAt(partial: u32, block: u32) -> Moments {
  let at = partial * 2u * slab.blocks + block;
  return Moments(partials[at], partials[at + slab.blocks], f32(pixelsOf(partial)));
}

/** Merges the channels of each lane's group. Lanes without a channel get zeros. */
@compute @workgroup_size(GROUP)
fn merge(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = invocation(id, groups);
  let block = index % slab.blocks;
  let image = index / slab.blocks;
  if (image >= slab.count) {
    return;
  }
  var mean = vec4f();
  var rstd = vec4f();
  for (var lane = 0u; lane < 4u; lane++) {
    let channel = block * 4u + lane;
    if (channel < slab.channels) {
      let moments = momentsOf(image, channel / slab.channelsPerGroup);
      mean[lane] = moments.x;
      rstd[lane] = 1f / sqrt(moments.y + EPSILON);
    }
  }
  let to = image * 4u * slab.blocks + block;
  norm[to] = mean;
  norm[to + slab.blocks] = rstd;
  norm[to + 2u * slab.blocks] = gamma[block] * rstd;
  norm[to + 3u * slab.blocks] = beta[block];
}

/** Mean and variance of a group. All its channels have the same number of values. */
fn momentsOf(image: u32, group: u32) -> vec2f {
  let first = group * slab.channelsPerGroup;
  var mean = 0f;
  var squares = 0f;
  for (var i = 0u; i < slab.channelsPerGroup; i++) {
    let channel = first + i;
    let at = image * 2u * slab.blocks + channel / 4u;
    let share = 1f / f32(i + 1u);
    let delta = gathered[at][channel % 4u] - mean;
    mean = fma(delta, share, mean);
    let within = squares + gathered[at + slab.blocks][channel % 4u];
    squares = fma(delta * delta, f32(i) * share * f32(slab.pixels), within);
  }
  return vec2f(mean, squares / (f32(slab.channelsPerGroup) * f32(slab.pixels)));
}

@compute @workgroup_size(GROUP)
fn apply(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = invocation(id, groups);
  let block = index % slab.blocks;
  if (index / slab.blocks >= slab.count) {
    return;
  }
  let pixel = slab.first + index / slab.blocks;
  let rows = pixel / slab.pixels * 4u * slab.blocks + block;
  let at = pixel * slab.blocks + block;
  let value = normalised(
    loadX(at - slab.x),
    norm[rows],
    norm[rows + 2u * slab.blocks],
    norm[rows + 3u * slab.blocks],
  );
  if (RELU) {
    storeOut(at - slab.out, rectified(value));
  } else {
    storeOut(at - slab.out, value);
  }
}
