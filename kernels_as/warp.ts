// The warp of augmentation: one for an image and its mask, with bilinear values.
//
// A pixel of the result lies at a source position: an affine map of its place, plus a smooth
// displacement. The displacement is a cubic B-spline over a coarse grid; the host tabulates its
// weights by row and by column. Positions are float32, rounded to 1/256 px; values are integers. So
// every machine computes the same bytes. Outside of the source everything is 0.
//
// Image and mask are first paired in words, 16 bits each, within a border of zeros: one product
// serves both, and a position needs one comparison for each axis.

/**
 * Warps an image and its mask. Source x = xx x + xy y + x0 + a displacement, likewise for y.
 *
 * `grid` holds the displacements in px of (cells + 3)^2 nodes, first all of x, then all of y;
 * `cells` 0: none. `rows` and `columns` are tables of splines: the first pixel of each cell and the
 * length of the side, then a plane of `length + 4` floats for each of the four weights.
 *
 * `pairs` has room for (width + 2) (height + 2) + 8 words, `places` for 2 (width + 4), `line` for
 * 2 (cells + 3).
 */
export function warp(
  image: usize,
  mask: usize,
  warpedImage: usize,
  warpedMask: usize,
  width: i32,
  height: i32,
  xx: f32,
  xy: f32,
  x0: f32,
  yx: f32,
  yy: f32,
  y0: f32,
  grid: usize,
  cells: i32,
  rows: usize,
  columns: usize,
  pairs: usize,
  places: usize,
  line: usize,
): void {
  pairPixels(image, mask, width, height, pairs);
  const placesY = places + <usize> (width + 4) * 4;
  const nodes = cells + 3;
  const gridY = grid + <usize> (nodes * nodes) * 4;
  const lineY = line + <usize> nodes * 4;
  let cell = 0;
  for (let y = 0; y < height; y++) {
    if (cells > 0) {
      while (y >= load<i32>(rows + <usize> (cell + 1) * 4)) cell++;
      const weights = rows + <usize> (cells + 1 + y) * 4;
      const above = <usize> (cell * nodes) * 4;
      blendNodes(grid + above, weights, height, nodes, line);
      blendNodes(gridY + above, weights, height, nodes, lineY);
      displace(line, columns, cells, width, places);
      displace(lineY, columns, cells, width, placesY);
    }
    addMap(xx, xy * <f32> y + x0, width, cells > 0, places);
    addMap(yx, yy * <f32> y + y0, width, cells > 0, placesY);
    const target = <usize> (y * width);
    sampleRow(pairs, width, height, places, placesY, warpedImage + target, warpedMask + target);
  }
}

/** Pairs image and mask in words within a border of zeros. What is
 * written behind a row belongs to the next one. */
function pairPixels(image: usize, mask: usize, width: i32, height: i32, pairs: usize): void {
  const stride = <usize> (width + 2) * 4;
  memory.fill(pairs, 0, stride);
  for (let y = 0; y < height; y++) {
    const from = <usize> (y * width);
    const to = pairs + <usize> (y + 1) * stride;
    store<u32>(to, 0);
    for (let x = 0; x < width; x += 8) {
      const low = v128.load8x8_u(image + from + <usize> x);
      const high = v128.load8x8_u(mask + from + <usize> x);
      const at = to + <usize> x * 4;
      v128.store(at, v128.shuffle<i16>(low, high, 0, 8, 1, 9, 2, 10, 3, 11), 4);
      v128.store(at, v128.shuffle<i16>(low, high, 4, 12, 5, 13, 6, 14, 7, 15), 20);
    }
    store<u32>(to + stride - 4, 0);
  }
  memory.fill(pairs + <usize> (height + 1) * stride, 0, stride);
}

/** The weighted sums of four rows of nodes. The planes of weights are `length + 4` floats apart. */
function blendNodes(from: usize, weights: usize, length: i32, nodes: i32, to: usize): void {
  const plane = <usize> (length + 4) * 4;
  const w0 = load<f32>(weights);
  const w1 = load<f32>(weights + plane);
  const w2 = load<f32>(weights + 2 * plane);
  const w3 = load<f32>(weights + 3 * plane);
  const row = <usize> nodes * 4;
  for (let k = 0; k < nodes; k++) {
    const at = from + <usize> k * 4;
    const sum = w0 * load<f32>(at) + w1 * load<f32>(at + row) + w2 * load<f32>(at + 2 * row) +
      w3 * load<f32>(at + 3 * row);
    store<f32>(to + <usize> k * 4, sum);
  }
}

/** The displacements of a row of pixels. What is written behind a cell belongs to the next one. */
function displace(line: usize, columns: usize, cells: i32, width: i32, places: usize): void {
  const plane = <usize> (width + 4) * 4;
  const weights = columns + <usize> (cells + 1) * 4;
  for (let cell = 0; cell < cells; cell++) {
    const starts = columns + <usize> cell * 4;
    const end = load<i32>(starts, 4);
    const nodes = line + <usize> cell * 4;
    const n0 = v128.load32_splat(nodes);
    const n1 = v128.load32_splat(nodes, 4);
    const n2 = v128.load32_splat(nodes, 8);
    const n3 = v128.load32_splat(nodes, 12);
    for (let x = load<i32>(starts); x < end; x += 4) {
      const at = weights + <usize> x * 4;
      let sum = f32x4.mul(v128.load(at), n0);
      sum = f32x4.add(sum, f32x4.mul(v128.load(at + plane), n1));
      sum = f32x4.add(sum, f32x4.mul(v128.load(at + 2 * plane), n2));
      sum = f32x4.add(sum, f32x4.mul(v128.load(at + 3 * plane), n3));
      v128.store(places + <usize> x * 4, sum);
    }
  }
}

/**
 * The positions of a row of pixels in units of 1/256 px. Far away, the conversion to an integer
 * saturates; such a position is outside in any case.
 */
function addMap(factor: f32, base: f32, width: i32, isDisplaced: bool, places: usize): void {
  const step = f32x4.splat(factor);
  const start = f32x4.splat(base);
  let x = f32x4(0, 1, 2, 3);
  for (let i = 0; i < width; i += 4) {
    const at = places + <usize> i * 4;
    let place = f32x4.add(f32x4.mul(step, x), start);
    if (isDisplaced) place = f32x4.add(place, v128.load(at));
    const fine = f32x4.add(f32x4.mul(place, f32x4.splat(256)), f32x4.splat(0.5));
    v128.store(at, i32x4.trunc_sat_f32x4_s(f32x4.floor(fine)));
    x = f32x4.add(x, f32x4.splat(4));
  }
}

/** The bilinear values of a row of pixels. */
function sampleRow(
  pairs: usize,
  width: i32,
  height: i32,
  placesX: usize,
  placesY: usize,
  image: usize,
  mask: usize,
): void {
  const row = <usize> (width + 2) * 4;
  for (let x = 0; x < width; x++) {
    const atX = load<i32>(placesX + <usize> x * 4);
    const atY = load<i32>(placesY + <usize> x * 4);
    // With the border, the pixel left of the source is column 0.
    const column = (atX >> 8) + 1;
    const line = (atY >> 8) + 1;
    let values: u32 = 0;
    if (<u32> column <= <u32> width && <u32> line <= <u32> height) {
      const f = <u32> atX & 255;
      const g = <u32> atY & 255;
      const at = pairs + <usize> line * row + <usize> column * 4;
      // Each half of a sum is at most 255 * 256: it stays within its 16 bits.
      const above = load<u32>(at) * (256 - f) + load<u32>(at, 4) * f;
      const below = load<u32>(at + row) * (256 - f) + load<u32>(at + row, 4) * f;
      values = (above & 0xffff) * (256 - g) + (below & 0xffff) * g + 32768 >> 16 |
        (above >> 16) * (256 - g) + (below >> 16) * g + 32768 & 0xff0000;
    }
    store<u8>(image + <usize> x, values);
    store<u8>(mask + <usize> x, values >> 16);
  }
}
