// Gradient of ReLU and group norm. g is the gradient where the value is positive (everywhere
// without ReLU), else 0; xhat = (x - mean) * rstd:
//
//   dbeta = sum g,   dgamma = sum g xhat
//   out = scale * g - a - xhat * b
//
// with a and b the means of scale * g and of scale * g * xhat over the image's group.
//
// `sums` computes partial sums over pixelsPerPartial pixels of an image (norm_gradient.wgsl),
// `totals` adds those of an image (lane_sums.wgsl), `parameters` adds the images, `means` adds the
// channels of a group, `apply` writes the gradient. An invocation, and in `totals` a workgroup,
// computes one block of four channels. Memory limits the speed.

struct Slab {
  blocks: u32,
  channels: u32,
  channelsPerGroup: u32,
  pixels: u32, // of an image
  first: u32, // partial of all images, or pixel of all images
  count: u32, // partials, images, blocks or pixels
  images: u32,
  pixelsPerPartial: u32,
  partialsPerImage: u32,
  x: u32,
  gradient: u32,
  out: u32,
}

@group(0) @binding(0) var<uniform> slab: Slab;
@group(0) @binding(1) var<storage, read_write> x: array<StoredX>;
// [image][mean, rstd, scale, shift][block]
@group(0) @binding(2) var<storage, read_write> norm: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> gradient: array<StoredGradient>;
// [partial][g, g xhat][block]
@group(0) @binding(4) var<storage, read_write> partials: array<vec4f>;
// [image][sum of g, sum of g xhat, a, rstd * b][block]
@group(0) @binding(5) var<storage, read_write> perImage: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> gammaGradient: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> betaGradient: array<vec4f>;
@group(0) @binding(8) var<storage, read_write> out: array<StoredOut>;

@compute @workgroup_size(GROUP)
fn sums(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = invocation(id, groups);
  let block = index % slab.blocks;
  if (index / slab.blocks >= slab.count) {
    return;
  }
  let partial = slab.first + index / slab.blocks;
  let image = partial / slab.partialsPerImage;
  let rows = image * 4u * slab.blocks + block;
  let own = wholeNorm(rows, slab.blocks);
  let begin = partial % slab.partialsPerImage * slab.pixelsPerPartial;
  let end = image * slab.pixels + min(begin + slab.pixelsPerPartial, slab.pixels);
  let first = image * slab.pixels + begin;
  let sum = sumsOver(first, end, block, slab.blocks, own);
  let to = partial * 2u * slab.blocks + block;
  partials[to] = sum.g;
  partials[to + slab.blocks] = sum.products;
}

@compute @workgroup_size(GROUP)
fn totals(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = workgroupNumber(group, groups);
  let block = index % slab.blocks;
  let image = index / slab.blocks;
  if (image >= slab.count) {
    return;
  }
  let stride = 2u * slab.blocks;
  let first = image * slab.partialsPerImage * stride + block;
  let sum = sumOfPartials(first, stride, slab.partialsPerImage, lane);
  let products = sumOfPartials(first + slab.blocks, stride, slab.partialsPerImage, lane);
  if (lane == 0u) {
    let to = image * 4u * slab.blocks + block;
    perImage[to] = sum;
    perImage[to + slab.blocks] = products;
  }
}

@compute @workgroup_size(GROUP)
fn parameters(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let block = invocation(id, groups);
  if (block >= slab.blocks) {
    return;
  }
  var sum = vec4f();
  var products = vec4f();
  for (var image = 0u; image < slab.images; image++) {
    let at = image * 4u * slab.blocks + block;
    sum += perImage[at];
    products += perImage[at + slab.blocks];
  }
  betaGradient[block] = sum;
  gammaGradient[block] = products;
}

/** The means of each lane's group. Lanes without a channel get zeros. */
@compute @workgroup_size(GROUP)
fn means(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = invocation(id, groups);
  let block = index % slab.blocks;
  let image = index / slab.blocks;
  if (image >= slab.count) {
    return;
  }
  let rows = image * 4u * slab.blocks;
  var a = vec4f();
  var b = vec4f();
  for (var lane = 0u; lane < 4u; lane++) {
    let channel = block * 4u + lane;
    if (channel < slab.channels) {
      let first = channel / slab.channelsPerGroup * slab.channelsPerGroup;
      for (var other = first; other < first + slab.channelsPerGroup; other++) {
        let at = rows + other / 4u;
        let scale = norm[at + 2u * slab.blocks][other % 4u];
        a[lane] = fma(scale, perImage[at][other % 4u], a[lane]);
        b[lane] = fma(scale, perImage[at + slab.blocks][other % 4u], b[lane]);
      }
    }
  }
  let count = f32(slab.channelsPerGroup) * f32(slab.pixels);
  perImage[rows + 2u * slab.blocks + block] = a / count;
  perImage[rows + 3u * slab.blocks + block] = norm[rows + slab.blocks + block] * b / count;
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
  let scale = norm[rows + 2u * slab.blocks];
  let at = pixel * slab.blocks + block;
  let difference = loadX(at - slab.x) - norm[rows];
  let after = fma(difference, scale, norm[rows + 3u * slab.blocks]);
  let g = passed(after, loadGradient(at - slab.gradient));
  storeOut(
    at - slab.out,
    scale * g - perImage[rows + 2u * slab.blocks] - difference * perImage[rows + 3u * slab.blocks],
  );
}
