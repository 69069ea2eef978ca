// Augmentation of 8-bit images: one warp for image and mask, and changes of grey values.
//
// A pixel of the result lies at (x, y) + a source position: an affine map, plus a smooth
// displacement. The displacement is a cubic B-spline over a coarse grid; the host tabulates its
// weights by row and by column. Positions are float32, rounded to 1/256 px; values are integers. So
// every machine computes the same bytes. Outside of the source everything is 0.
//
// Noise comes from Philox 4x32-10 (lib/core/random.ts): a block of four words has bytes for 16
// pixels; a byte is the index of a quantile of the normal distribution.

/** The affine map: source x = xx x + xy y + x0, likewise for y. */
@unmanaged
class Affine {
  xx: f32;
  xy: f32;
  x0: f32;
  yx: f32;
  yy: f32;
  y0: f32;
}

/** The four weights of a row or column of pixels, and the first of their four grid nodes. */
@unmanaged
class SplineWeights {
  first: i32;
  w0: f32;
  w1: f32;
  w2: f32;
  w3: f32;
}

// @inline
function weightsAt(table: usize, i: i32): SplineWeights {
  return changetype<SplineWeights>(table + <usize> i * offsetof<SplineWeights>());
}

// @inline
function splineSum(w: SplineWeights, at: usize, stride: usize): f32 {
  const from = at + <usize> w.first * stride;
  return w.w0 * load<f32>(from) + w.w1 * load<f32>(from + stride) +
    w.w2 * load<f32>(from + 2 * stride) + w.w3 * load<f32>(from + 3 * stride);
}

/**
 * Warps an image and its mask. `grid` holds the displacements in px of `nodes` x `nodes` nodes,
 * first all of x, then all of y; `nodes` 0: none. `rowWeights` and `columnWeights` have a record of
 * SplineWeights for each row and column, `line` room for 2 `nodes` floats.
 */
export function warp(
  image: usize,
  mask: usize,
  warpedImage: usize,
  warpedMask: usize,
  width: i32,
  height: i32,
  affine: usize,
  grid: usize,
  nodes: i32,
  rowWeights: usize,
  columnWeights: usize,
  line: usize,
): void {
  const map = changetype<Affine>(affine);
  const row = <usize> nodes * 4;
  for (let y = 0; y < height; y++) {
    const baseX = map.xy * <f32> y + map.x0;
    const baseY = map.yy * <f32> y + map.y0;
    if (nodes > 0) {
      const down = weightsAt(rowWeights, y);
      for (let k = 0; k < nodes; k++) {
        const at = grid + <usize> k * 4;
        store<f32>(line + <usize> k * 4, splineSum(down, at, row));
        store<f32>(line + row + <usize> k * 4, splineSum(down, at + row * <usize> nodes, row));
      }
    }
    const target = <usize> (y * width);
    for (let x = 0; x < width; x++) {
      let sourceX = map.xx * <f32> x + baseX;
      let sourceY = map.yx * <f32> x + baseY;
      if (nodes > 0) {
        const across = weightsAt(columnWeights, x);
        sourceX += splineSum(across, line, 4);
        sourceY += splineSum(across, line + row, 4);
      }
      // Far away, the conversion to an integer saturates; the pixel is outside in any case.
      const atX = <i32> Mathf.floor(sourceX * 256 + 0.5);
      const atY = <i32> Mathf.floor(sourceY * 256 + 0.5);
      const at = target + <usize> x;
      store<u8>(warpedImage + at, sample(image, width, height, atX, atY));
      store<u8>(warpedMask + at, sample(mask, width, height, atX, atY));
    }
  }
}

/** The bilinear value at a position in units of 1/256 px. */
// @inline
function sample(pixels: usize, width: i32, height: i32, atX: i32, atY: i32): u8 {
  const x = atX >> 8;
  const y = atY >> 8;
  if (x < -1 || y < -1 || x >= width || y >= height) return 0;
  const f = atX & 255;
  const g = atY & 255;
  const sum = valueAt(pixels, width, height, x, y) * (256 - f) * (256 - g) +
    valueAt(pixels, width, height, x + 1, y) * f * (256 - g) +
    valueAt(pixels, width, height, x, y + 1) * (256 - f) * g +
    valueAt(pixels, width, height, x + 1, y + 1) * f * g;
  return <u8> (sum + 32768 >> 16);
}

// @inline
function valueAt(pixels: usize, width: i32, height: i32, x: i32, y: i32): i32 {
  if (<u32> x >= <u32> width || <u32> y >= <u32> height) return 0;
  return load<u8>(pixels + <usize> (y * width + x));
}

/** What a row of pixels goes through: its gain, and the part of a shadow that crosses it. */
@unmanaged
class RowLight {
  gain: f32;
  /** The middle of the shadow, px. */
  centre: f32;
  /** 1 over half its width, 1/px. */
  narrowness: f32;
  /** How much of the light it takes in its middle, 0 to 1; 0: none. */
  darkness: f32;
}

/** The key and counter of random numbers; the counter's first word counts blocks. */
@unmanaged
class NoiseKey {
  key0: u32;
  key1: u32;
  counter1: u32;
  counter2: u32;
  counter3: u32;
}

/**
 * Changes grey values in place: a table of 256 floats, then the light of each row, then speckle (a
 * factor of 1 + speckle n) and noise (plus noise n) with normal n. `normals` holds 256 quantiles.
 */
export function changeValues(
  pixels: usize,
  width: i32,
  height: i32,
  table: usize,
  lights: usize,
  speckle: f32,
  noise: f32,
  normals: usize,
  noiseKey: usize,
): void {
  const isNoisy = speckle > 0 || noise > 0;
  const key = changetype<NoiseKey>(noiseKey);
  let block: u32 = 0;
  let left = 0;
  for (let y = 0; y < height; y++) {
    const light = changetype<RowLight>(lights + <usize> y * offsetof<RowLight>());
    for (let x = 0; x < width; x++) {
      const at = pixels + <usize> (y * width + x);
      let value = load<f32>(table + <usize> load<u8>(at) * 4) * light.gain;
      if (light.darkness > 0) {
        const u = (<f32> x - light.centre) * light.narrowness;
        const inside = <f32> 1 - u * u;
        if (inside > 0) value *= <f32> 1 - light.darkness * inside * inside;
      }
      if (isNoisy) {
        // Two bytes for each pixel: a block serves eight.
        if (left === 0) {
          philox(key, block++);
          left = 8;
        }
        left--;
        const bytes = loadWord(left >> 1) >> ((left & 1) << 4);
        const first = load<f32>(normals + <usize> (bytes & 255) * 4);
        const second = load<f32>(normals + <usize> (bytes >> 8 & 255) * 4);
        value = value * (1 + speckle * first) + noise * second;
      }
      store<u8>(at, <u8> max(0, min(255, Mathf.floor(value + 0.5))));
    }
  }
}

let word0: u32 = 0;
let word1: u32 = 0;
let word2: u32 = 0;
let word3: u32 = 0;

// @inline
function loadWord(i: i32): u32 {
  if (i < 2) return i === 0 ? word0 : word1;
  return i === 2 ? word2 : word3;
}

/** Puts the random words of a block into word0 to word3. */
function philox(key: NoiseKey, block: u32): void {
  let c0 = block;
  let c1 = key.counter1;
  let c2 = key.counter2;
  let c3 = key.counter3;
  let k0 = key.key0;
  let k1 = key.key1;
  for (let round = 0; round < 10; round++) {
    const product0 = <u64> c0 * 0xd2511f53;
    const product1 = <u64> c2 * 0xcd9e8d57;
    c0 = <u32> (product1 >> 32) ^ c1 ^ k0;
    c1 = <u32> product1;
    c2 = <u32> (product0 >> 32) ^ c3 ^ k1;
    c3 = <u32> product0;
    k0 += 0x9e3779b9;
    k1 += 0xbb67ae85;
  }
  word0 = c0;
  word1 = c1;
  word2 = c2;
  word3 = c3;
}

/**
 * Blurs an image in place: rows, then columns, with `2 radius + 1` weights in units of 1/65536. The
 * edge pixels continue outside. `line` has room for the longer side.
 */
export function blur(
  pixels: usize,
  width: i32,
  height: i32,
  weights: usize,
  radius: i32,
  line: usize,
): void {
  for (let y = 0; y < height; y++) {
    blurLine(pixels + <usize> (y * width), width, 1, weights, radius, line);
  }
  for (let x = 0; x < width; x++) {
    blurLine(pixels + <usize> x, height, width, weights, radius, line);
  }
}

function blurLine(
  from: usize,
  length: i32,
  stride: i32,
  weights: usize,
  radius: i32,
  line: usize,
): void {
  for (let i = 0; i < length; i++) {
    store<u8>(line + <usize> i, load<u8>(from + <usize> (i * stride)));
  }
  for (let i = 0; i < length; i++) {
    let sum = 32768;
    for (let k = -radius; k <= radius; k++) {
      const at = max(0, min(length - 1, i + k));
      sum += load<i32>(weights + <usize> (k + radius) * 4) * <i32> load<u8>(line + <usize> at);
    }
    store<u8>(from + <usize> (i * stride), <u8> (sum >> 16));
  }
}
