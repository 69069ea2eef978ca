// Changes the grey values of warped images, as kernels_as/grey_values.ts and blur.ts do. In this
// order: blur, the table of gamma, contrast and brightness, the light of each row, speckle (a
// factor of 1 + speckle n), noise (plus noise n), a black square.
//
// `sums` and `means` find the mean of each warped image's powers, about which contrast turns.
// `blur_rows` blurs along rows; `values` blurs along columns as it loads and does all the rest. An
// image without blur has one weight of 65536/65536, which copies. The blur is in whole numbers and
// the noise has the CPU's counters (Philox 4x32-10; a block of four words serves eight pixels), so
// only float32 values that lie between two grey values can differ.
//
// Each of the four dispatches serves the batch. An invocation computes four pixels, or the sum of
// PARTIAL_PIXELS. For each pixel all four together load 3 bytes from memory (and those of its
// neighbours from the cache) and store 2. With the warp these are 12 bytes for a pixel, and 6 kB of
// record for an image of 256x256.

struct Slab {
  firstWord: u32,
  words: u32,
  images: u32,
  pixels: u32, // of all images
}

@group(0) @binding(0) var<uniform> slab: Slab;
@group(0) @binding(1) var<storage, read_write> changes: array<Change>; // [image]
@group(0) @binding(2) var<storage, read_write> warped: array<u32>; // four bytes each
@group(0) @binding(3) var<storage, read_write> partials: array<f32>; // [image][PARTIALS]
@group(0) @binding(4) var<storage, read_write> meanPowers: array<f32>; // [image]
@group(0) @binding(5) var<storage, read_write> blurred: array<u32>;
@group(0) @binding(6) var<storage, read_write> normals: array<f32>; // 256 quantiles
@group(0) @binding(7) var<storage, read_write> out: array<u32>;

const PARTIALS = (AREA + PARTIAL_PIXELS - 1u) / PARTIAL_PIXELS;

@compute @workgroup_size(GROUP)
fn sums(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = invocation(id, groups);
  if (index >= slab.images * PARTIALS) {
    return;
  }
  let image = index / PARTIALS;
  let first = index % PARTIALS * PARTIAL_PIXELS;
  let end = min(first + PARTIAL_PIXELS, AREA);
  var sum = 0f;
  for (var i = first; i < end; i++) {
    let pixel = image * AREA + i;
    sum += changes[image].powers[byteOf(warped[pixel / 4u], pixel % 4u)];
  }
  partials[index] = sum;
}

@compute @workgroup_size(GROUP)
fn means(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let image = invocation(id, groups);
  if (image >= slab.images) {
    return;
  }
  var sum = 0f;
  for (var partial = 0u; partial < PARTIALS; partial++) {
    sum += partials[image * PARTIALS + partial];
  }
  meanPowers[image] = sum / f32(AREA);
}

@compute @workgroup_size(GROUP)
fn blur_rows(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let number = invocation(id, groups);
  if (number >= slab.words) {
    return;
  }
  let word = slab.firstWord + number;
  var bytes = 0u;
  for (var place = 0u; place < 4u; place++) {
    let pixel = 4u * word + place;
    if (pixel < slab.pixels) {
      let x = i32(pixel % WIDTH);
      let row = pixel - u32(x);
      let radius = min(changes[pixel / AREA].blurRadius, MOST_RADIUS);
      var sum = 32768;
      for (var k = -radius; k <= radius; k++) {
        let at = row + u32(clamp(x + k, 0, i32(WIDTH) - 1));
        let value = byteOf(warped[at / 4u], at % 4u);
        sum += changes[pixel / AREA].blurWeights[k + radius] * i32(value);
      }
      bytes |= u32(sum >> 16u) << (8u * place);
    }
  }
  blurred[word] = bytes;
}

@compute @workgroup_size(GROUP)
fn values(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let number = invocation(id, groups);
  if (number >= slab.words) {
    return;
  }
  let word = slab.firstWord + number;
  var bytes = 0u;
  for (var place = 0u; place < 4u; place++) {
    let pixel = 4u * word + place;
    if (pixel < slab.pixels) {
      bytes |= newValue(pixel / AREA, pixel % AREA) << (8u * place);
    }
  }
  out[word] = bytes;
}

/** The value of a pixel after all changes. */
fn newValue(image: u32, pixel: u32) -> u32 {
  let x = i32(pixel % WIDTH);
  let y = i32(pixel / WIDTH);
  let left = changes[image].left;
  let top = changes[image].top;
  let side = changes[image].side;
  if (x >= left && x < left + side && y >= top && y < top + side) {
    return 0u;
  }
  let power = changes[image].powers[blurredDown(image, x, y)];
  var value = 255f * clamp(contrasted(image, power) + changes[image].brightness, 0f, 1f);
  value *= changes[image].gains[y];
  let u = (f32(x) - changes[image].centres[y]) * changes[image].narrowness;
  let inside = max(0f, 1f - u * u);
  value *= 1f - changes[image].darkness[y] * inside * inside;
  let speckle = changes[image].speckle;
  let noise = changes[image].noise;
  if (speckle > 0f || noise > 0f) {
    let bits = noiseBits(image, pixel);
    value = value * (1f + speckle * normals[bits & 255u]) + noise * normals[bits >> 8u];
  }
  return u32(clamp(floor(value + 0.5f), 0f, 255f));
}

/** Contrast about the mean. A factor of 1 changes no bit. */
fn contrasted(image: u32, power: f32) -> f32 {
  let contrast = changes[image].contrast;
  if (contrast == 1f) {
    return power;
  }
  return (power - meanPowers[image]) * contrast + meanPowers[image];
}

/** The blur along a column. The edge pixels continue outside. */
fn blurredDown(image: u32, x: i32, y: i32) -> u32 {
  let radius = min(changes[image].blurRadius, MOST_RADIUS);
  var sum = 32768;
  for (var k = -radius; k <= radius; k++) {
    let row = u32(clamp(y + k, 0, i32(HEIGHT) - 1));
    let at = image * AREA + row * WIDTH + u32(x);
    let value = byteOf(blurred[at / 4u], at % 4u);
    sum += changes[image].blurWeights[k + radius] * i32(value);
  }
  return u32(sum >> 16u);
}

/** The 16 random bits of a pixel. The first pixel of a block has the last bits. */
fn noiseBits(image: u32, pixel: u32) -> u32 {
  let change = &changes[image];
  let counter = vec4u(pixel / 8u, (*change).counter1, (*change).counter2, (*change).counter3);
  let words = philox(counter, vec2u((*change).key0, (*change).key1));
  let place = 7u - pixel % 8u;
  return (words[place / 2u] >> (16u * (place % 2u))) & 0xffffu;
}
