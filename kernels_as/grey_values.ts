// Changes of grey values in augmentation: a table, the light of each row, speckle and noise.
//
// Noise comes from Philox 4x32-10 (lib/core/random.ts): a block of four words has two bytes for
// each of eight pixels; a byte is the index of a quantile of the normal distribution.

import { philox } from "./philox";

/**
 * The grey value 0 to 255 that takes the place of each byte, 256 floats: gamma, contrast about the
 * mean of the image, brightness. `powers` has 256 doubles, the bytes as 0 to 1 after gamma;
 * `counts` has room for 1024 words.
 */
export function greyTable(
  pixels: usize,
  count: i32,
  powers: usize,
  contrast: f64,
  brightness: f64,
  counts: usize,
  table: usize,
): void {
  let mean: f64 = 0;
  if (contrast !== 1) {
    countValues(pixels, count, counts);
    for (let value = 0; value < 256; value++) {
      const at = counts + <usize> value * 16;
      const found = load<u32>(at) + load<u32>(at, 4) + load<u32>(at, 8) + load<u32>(at, 12);
      mean += load<f64>(powers + <usize> value * 8) * <f64> found;
    }
    mean /= <f64> count;
  }
  for (let value = 0; value < 256; value++) {
    const power = load<f64>(powers + <usize> value * 8);
    const changed = (power - mean) * contrast + mean + brightness;
    store<f32>(table + <usize> value * 4, <f32> (255 * min<f64>(1, max<f64>(0, changed))));
  }
}

/** Four counts for each value, so that neighbours of one value do not wait for each other. */
function countValues(pixels: usize, count: i32, counts: usize): void {
  memory.fill(counts, 0, 4096);
  for (let i = 0; i < count; i++) {
    const at = counts + <usize> load<u8>(pixels + <usize> i) * 16 + <usize> (i & 3) * 4;
    store<u32>(at, load<u32>(at) + 1);
  }
}

/**
 * Changes grey values in place: the table, then the light of each row, then speckle (a factor of
 * 1 + speckle n) and noise (plus noise n) with normal n.
 *
 * `lights` has three planes of `height` floats: the gain, the middle of the shadow in px, and how
 * much of the light it takes there, 0 to 1. `narrowness` is 1 over half the shadow's width, 1/px.
 * `normals` holds 256 quantiles. `line` has room for `width + 16` floats, `random` for `width + 8`
 * pairs of bytes. The blocks count up from 0 in the first word of the random counter.
 */
export function changeValues(
  pixels: usize,
  width: i32,
  height: i32,
  table: usize,
  lights: usize,
  narrowness: f32,
  speckle: f32,
  noise: f32,
  normals: usize,
  key0: u32,
  key1: u32,
  counter1: u32,
  counter2: u32,
  counter3: u32,
  line: usize,
  random: usize,
): void {
  const plane = <usize> height * 4;
  for (let y = 0; y < height; y++) {
    const row = pixels + <usize> (y * width);
    const light = lights + <usize> y * 4;
    const gain = load<f32>(light);
    for (let x = 0; x < width; x++) {
      const value = load<f32>(table + <usize> load<u8>(row + <usize> x) * 4);
      store<f32>(line + <usize> x * 4, value * gain);
    }
    const darkness = load<f32>(light + 2 * plane);
    if (darkness > 0) shade(line, width, load<f32>(light + plane), narrowness, darkness);
    if (speckle > 0 || noise > 0) {
      // A block serves eight pixels, also of two rows.
      const first = <u32> (y * width);
      const blocks = (<u32> width + (first & 7) + 7) / 8;
      for (let i: u32 = 0; i < blocks; i++) {
        const block = random + 16 * <usize> i;
        philox(key0, key1, first / 8 + i, counter1, counter2, counter3, block);
        turned(block);
      }
      scatter(line, width, speckle, noise, normals, random + <usize> (first & 7) * 2);
    }
    roundLine(line, width);
    memory.copy(row, line, width);
  }
}

/** The factor 1 - darkness (1 - u^2)^2, where u is 1 at the edge of the shadow. */
function shade(line: usize, width: i32, centre: f32, narrowness: f32, darkness: f32): void {
  const one = f32x4.splat(1);
  let x = f32x4(0, 1, 2, 3);
  for (let i = 0; i < width; i += 4) {
    const at = line + <usize> i * 4;
    const u = f32x4.mul(f32x4.sub(x, f32x4.splat(centre)), f32x4.splat(narrowness));
    const inside = f32x4.max(f32x4.sub(one, f32x4.mul(u, u)), f32x4.splat(0));
    const loss = f32x4.mul(f32x4.mul(f32x4.splat(darkness), inside), inside);
    v128.store(at, f32x4.mul(v128.load(at), f32x4.sub(one, loss)));
    x = f32x4.add(x, f32x4.splat(4));
  }
}

function scatter(
  line: usize,
  width: i32,
  speckle: f32,
  noise: f32,
  normals: usize,
  random: usize,
): void {
  for (let x = 0; x < width; x++) {
    const at = line + <usize> x * 4;
    const bytes = load<u16>(random + <usize> x * 2);
    const first = load<f32>(normals + <usize> (bytes & 255) * 4);
    const second = load<f32>(normals + <usize> (bytes >> 8) * 4);
    store<f32>(at, load<f32>(at) * (1 + speckle * first) + noise * second);
  }
}

/** Rounds floats to bytes, which begin where the floats begin. */
function roundLine(line: usize, width: i32): void {
  for (let x = 0; x < width; x += 16) {
    const at = line + <usize> x * 4;
    const low = i16x8.narrow_i32x4_s(rounded(at), rounded(at + 16));
    const high = i16x8.narrow_i32x4_s(rounded(at + 32), rounded(at + 48));
    v128.store(line + <usize> x, i8x16.narrow_i16x8_u(low, high));
  }
}

// @inline
function rounded(at: usize): v128 {
  return i32x4.trunc_sat_f32x4_s(f32x4.floor(f32x4.add(v128.load(at), f32x4.splat(0.5))));
}

/** Turns a block of 16 random bytes round: the last word first, each word's upper half first. */
// @inline
function turned(block: usize): void {
  const words = v128.load(block);
  v128.store(
    block,
    i8x16.shuffle(words, words, 14, 15, 12, 13, 10, 11, 8, 9, 6, 7, 4, 5, 2, 3, 0, 1),
  );
}
