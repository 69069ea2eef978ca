// Warps the images of a batch with their masks, as kernels_as/warp.ts does.
//
// A pixel of the result takes the bilinear value at a place in the source: an affine map, plus a
// cubic B-spline over a coarse grid of displacements. Places are rounded to 1/256 px and values are
// whole numbers, so only the rounding of a place can differ from the CPU's. Outside of the source
// everything is 0. An image without changes has the identity, which copies every byte.
//
// One dispatch serves the batch. An invocation computes four pixels of image and mask, which share
// places and weights. For each pixel it loads four bytes of each source, of which one comes from
// memory and three from the cache, and stores 5: the image's byte, and the mask as the float that
// the loss reads.

struct Slab {
  firstWord: u32,
  words: u32,
  pixels: u32, // of all images
}

/** The four weights of a row or column of pixels, and the first of their four nodes. */
struct SplineWeights {
  first: u32,
  w0: f32,
  w1: f32,
  w2: f32,
  w3: f32,
}

@group(0) @binding(0) var<uniform> slab: Slab;
@group(0) @binding(1) var<storage, read_write> rawImages: array<u32>; // four bytes each
@group(0) @binding(2) var<storage, read_write> rawMasks: array<u32>;
@group(0) @binding(3) var<storage, read_write> changes: array<Change>; // [image]
@group(0) @binding(4) var<storage, read_write> splines: array<SplineWeights>; // rows, then columns
@group(0) @binding(5) var<storage, read_write> warped: array<u32>;
@group(0) @binding(6) var<storage, read_write> mask: array<vec4f>;

@compute @workgroup_size(GROUP)
fn warp(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let number = invocation(id, groups);
  if (number >= slab.words) {
    return;
  }
  let word = slab.firstWord + number;
  var bytes = 0u;
  var masks = vec4f();
  for (var place = 0u; place < 4u; place++) {
    let pixel = 4u * word + place;
    if (pixel < slab.pixels) {
      let values = movedPixel(pixel / AREA, pixel % AREA);
      bytes |= values.x << (8u * place);
      masks[place] = f32(values.y) * (1f / 255f);
    }
  }
  warped[word] = bytes;
  mask[word] = masks;
}

/** Image and mask at a pixel of the result. */
fn movedPixel(image: u32, pixel: u32) -> vec2u {
  let x = pixel % WIDTH;
  let y = pixel / WIDTH;
  var sourceX = changes[image].xx * f32(x) + (changes[image].xy * f32(y) + changes[image].x0);
  var sourceY = changes[image].yx * f32(x) + (changes[image].yy * f32(y) + changes[image].y0);
  if (NODES > 0u) {
    sourceX += displacement(image, 0u, x, y);
    sourceY += displacement(image, 1u, x, y);
  }
  return sampled(image * AREA, fixed(sourceX), fixed(sourceY));
}

/** A place in units of 1/256 px. The bounds are far outside of every image. */
fn fixed(place: f32) -> i32 {
  return i32(clamp(floor(place * 256f + 0.5f), -1e9f, 1e9f));
}

/** The spline at a pixel: down, then across, as on the CPU. Axis 0 is x, 1 is y. */
fn displacement(image: u32, axis: u32, x: u32, y: u32) -> f32 {
  let down = splines[y];
  let across = splines[HEIGHT + x];
  let first = axis * NODES * NODES + down.first * NODES + across.first;
  var line: array<f32, 4>;
  for (var k = 0u; k < 4u; k++) {
    let at = first + k;
    line[k] = down.w0 * changes[image].grid[at] +
      down.w1 * changes[image].grid[at + NODES] +
      down.w2 * changes[image].grid[at + 2u * NODES] +
      down.w3 * changes[image].grid[at + 3u * NODES];
  }
  return across.w0 * line[0] + across.w1 * line[1] + across.w2 * line[2] + across.w3 * line[3];
}

/** The bilinear values of image and mask. `first` is the number of the image's first pixel. */
fn sampled(first: u32, atX: i32, atY: i32) -> vec2u {
  let x = atX >> 8u;
  let y = atY >> 8u;
  if (x < -1 || y < -1 || x >= i32(WIDTH) || y >= i32(HEIGHT)) {
    return vec2u();
  }
  let f = u32(atX & 255);
  let g = u32(atY & 255);
  let sum = rawAt(first, x, y) * ((256u - f) * (256u - g)) +
    rawAt(first, x + 1, y) * (f * (256u - g)) +
    rawAt(first, x, y + 1) * ((256u - f) * g) +
    rawAt(first, x + 1, y + 1) * (f * g);
  return (sum + 32768u) >> vec2u(16u);
}

/** Image and mask at a pixel of the source; 0 outside. */
fn rawAt(first: u32, x: i32, y: i32) -> vec2u {
  if (x < 0 || y < 0 || x >= i32(WIDTH) || y >= i32(HEIGHT)) {
    return vec2u();
  }
  let pixel = first + u32(y) * WIDTH + u32(x);
  let place = pixel % 4u;
  return vec2u(byteOf(rawImages[pixel / 4u], place), byteOf(rawMasks[pixel / 4u], place));
}
