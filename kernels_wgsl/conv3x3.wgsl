// 3x3 convolution with padding 1, and its input gradient (the same with turned weights, see turn.wgsl):
//
//   out[n, y, x, o] = bias[o] + sum over i, ky, kx of weight[o, i, ky, kx] * in[n, y + ky - 1, x + kx - 1, i]
//
// Tensors are [n][y][x][block of 4 channels]; weights [out block][in block][tap] of 4x4 matrices, a column per input
// channel. `in` is one source or two one after the other, each normalised and rectified as it is loaded; the
// second may be smaller and lie at (TOP1, LEFT1) with zeros around it. The result goes to one target or two.
//
// Tiling: an invocation computes 8 pixels of a row x 2 blocks of channels, in 16 vector accumulators, for ROWS rows one
// after the other. For each kernel row and input block it loads 10 pixels and 24 weight vectors and does 192 vector
// multiply-adds. No workgroup memory: neighbouring invocations find each other's loads in the cache. That suits software
// adapters and small networks; what limits it is the rate of loads.
//
// MOMENTS: per ROWS x 8 pixels and channel, the mean and the sum of squared distances from it go to `other`,
// [strip][span][mean, M2][block]; batchnorm.wgsl merges them.

struct Slab {
  firstRow: u32, // of all images' rows, a multiple of ROWS
  rows: u32,
  x0: u32,
  x1: u32,
  out: u32,
  other: u32,
}

@group(0) @binding(0) var<uniform> slab: Slab;
@group(0) @binding(1) var<storage, read_write> x0: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> norm0: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> x1: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> norm1: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> weight: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> bias: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> out: array<vec4f>;
@group(0) @binding(8) var<storage, read_write> other: array<vec4f>;

/** Vectors of weights from an input block to an output block. */
const TAPS = 36u;
const IN_BLOCKS = BLOCKS0 + BLOCKS1;
const SPANS = (WIDTH + 7u) / 8u;
const PAIRS = (OUT_BLOCKS + 1u) / 2u;
const SINGLE = OUT_BLOCKS == 1u;

// The accumulators: pixels 0 to 7 of the first and of the second output block.
var<private> p0: vec4f;
var<private> p1: vec4f;
var<private> p2: vec4f;
var<private> p3: vec4f;
var<private> p4: vec4f;
var<private> p5: vec4f;
var<private> p6: vec4f;
var<private> p7: vec4f;
var<private> q0: vec4f;
var<private> q1: vec4f;
var<private> q2: vec4f;
var<private> q3: vec4f;
var<private> q4: vec4f;
var<private> q5: vec4f;
var<private> q6: vec4f;
var<private> q7: vec4f;

@compute @workgroup_size(GROUP)
fn convolve(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = invocation(id, groups);
  let tile = index / PAIRS;
  let strip = tile / SPANS;
  let row0 = strip * ROWS;
  if (row0 >= slab.rows) {
    return;
  }
  let block0 = index % PAIRS * 2u;
  let block1 = min(block0 + 1u, OUT_BLOCKS - 1u);
  let x = tile % SPANS * 8u;
  let columns = min(8u, WIDTH - x);
  let w0 = block0 * IN_BLOCKS * TAPS;
  let w1 = block1 * IN_BLOCKS * TAPS;
  var start0 = vec4f();
  var start1 = vec4f();
  if (BIAS) {
    start0 = bias[block0];
    start1 = bias[block1];
  }
  var count = 0f;
  var moments0 = Moments(vec4f(), vec4f());
  var moments1 = Moments(vec4f(), vec4f());
  for (var k = 0u; k < ROWS; k++) {
    if (row0 + k >= slab.rows) {
      break;
    }
    let row = slab.firstRow + row0 + k;
    let n = row / HEIGHT;
    let y = row % HEIGHT;
    fill(start0, start1);
    if (PLANE) {
      plane(n, y, x, w0, w1);
    } else {
      source0(n, y, x, w0, w1);
    }
    if (BLOCKS1 > 0u) {
      source1(n, y, x, w0 + BLOCKS0 * TAPS, w1 + BLOCKS0 * TAPS);
    }
    if (MOMENTS) {
      moments0 = merged(moments0, count, momentsOf(columns, p0, p1, p2, p3, p4, p5, p6, p7), columns);
      if (!SINGLE) {
        moments1 = merged(moments1, count, momentsOf(columns, q0, q1, q2, q3, q4, q5, q6, q7), columns);
      }
      count += f32(columns);
    }
    put(block0, n, y, x, columns, p0, p1, p2, p3, p4, p5, p6, p7);
    if (block1 != block0) {
      put(block1, n, y, x, columns, q0, q1, q2, q3, q4, q5, q6, q7);
    }
  }
  if (MOMENTS) {
    let piece = ((slab.firstRow / ROWS + strip) * SPANS + x / 8u) * 2u * OUT_BLOCKS;
    other[piece + block0] = moments0.mean;
    other[piece + OUT_BLOCKS + block0] = moments0.squares;
    if (block1 != block0) {
      other[piece + block1] = moments1.mean;
      other[piece + OUT_BLOCKS + block1] = moments1.squares;
    }
  }
}

fn fill(first: vec4f, second: vec4f) {
  p0 = first;
  p1 = first;
  p2 = first;
  p3 = first;
  p4 = first;
  p5 = first;
  p6 = first;
  p7 = first;
  q0 = second;
  q1 = second;
  q2 = second;
  q3 = second;
  q4 = second;
  q5 = second;
  q6 = second;
  q7 = second;
}

/** One kernel position: a matrix for each output block, at w and u, times 8 pixels. */
fn tap(w: u32, u: u32, a: vec4f, b: vec4f, c: vec4f, d: vec4f, e: vec4f, f: vec4f, g: vec4f, h: vec4f) {
  lane(w, u, a.x, b.x, c.x, d.x, e.x, f.x, g.x, h.x);
  lane(w + 1u, u + 1u, a.y, b.y, c.y, d.y, e.y, f.y, g.y, h.y);
  lane(w + 2u, u + 2u, a.z, b.z, c.z, d.z, e.z, f.z, g.z, h.z);
  lane(w + 3u, u + 3u, a.w, b.w, c.w, d.w, e.w, f.w, g.w, h.w);
}

/** One input channel of one kernel position. */
fn lane(w: u32, u: u32, a: f32, b: f32, c: f32, d: f32, e: f32, f: f32, g: f32, h: f32) {
  let first = weight[w];
  p0 = fma(first, vec4f(a), p0);
  p1 = fma(first, vec4f(b), p1);
  p2 = fma(first, vec4f(c), p2);
  p3 = fma(first, vec4f(d), p3);
  p4 = fma(first, vec4f(e), p4);
  p5 = fma(first, vec4f(f), p5);
  p6 = fma(first, vec4f(g), p6);
  p7 = fma(first, vec4f(h), p7);
  if (!SINGLE) {
    let second = weight[u];
    q0 = fma(second, vec4f(a), q0);
    q1 = fma(second, vec4f(b), q1);
    q2 = fma(second, vec4f(c), q2);
    q3 = fma(second, vec4f(d), q3);
    q4 = fma(second, vec4f(e), q4);
    q5 = fma(second, vec4f(f), q5);
    q6 = fma(second, vec4f(g), q6);
    q7 = fma(second, vec4f(h), q7);
  }
}

/** The first source: pixel j of the ten is at column x + j - 1; what lies outside is zero. */
fn source0(n: u32, y: u32, x: u32, w0: u32, w1: u32) {
  for (var ky = 0u; ky < 3u; ky++) {
    let sy = y + ky - 1u;
    let inRow = sy < HEIGHT;
    let line = (n * HEIGHT + sy) * WIDTH;
    let at0 = place(line, x - 1u, inRow, WIDTH, BLOCKS0, slab.x0);
    let at1 = place(line, x, inRow, WIDTH, BLOCKS0, slab.x0);
    let at2 = place(line, x + 1u, inRow, WIDTH, BLOCKS0, slab.x0);
    let at3 = place(line, x + 2u, inRow, WIDTH, BLOCKS0, slab.x0);
    let at4 = place(line, x + 3u, inRow, WIDTH, BLOCKS0, slab.x0);
    let at5 = place(line, x + 4u, inRow, WIDTH, BLOCKS0, slab.x0);
    let at6 = place(line, x + 5u, inRow, WIDTH, BLOCKS0, slab.x0);
    let at7 = place(line, x + 6u, inRow, WIDTH, BLOCKS0, slab.x0);
    let at8 = place(line, x + 7u, inRow, WIDTH, BLOCKS0, slab.x0);
    let at9 = place(line, x + 8u, inRow, WIDTH, BLOCKS0, slab.x0);
    for (var c = 0u; c < BLOCKS0; c++) {
      var mean = vec4f();
      var scale = vec4f();
      var shift = vec4f();
      if (NORM0) {
        mean = norm0[c];
        scale = norm0[2u * BLOCKS0 + c];
        shift = norm0[3u * BLOCKS0 + c];
      }
      let a = seen0(at0, c, mean, scale, shift);
      let b = seen0(at1, c, mean, scale, shift);
      let d = seen0(at2, c, mean, scale, shift);
      let e = seen0(at3, c, mean, scale, shift);
      let f = seen0(at4, c, mean, scale, shift);
      let g = seen0(at5, c, mean, scale, shift);
      let h = seen0(at6, c, mean, scale, shift);
      let i = seen0(at7, c, mean, scale, shift);
      let j = seen0(at8, c, mean, scale, shift);
      let k = seen0(at9, c, mean, scale, shift);
      let w = w0 + c * TAPS + ky * 12u;
      let u = w1 + c * TAPS + ky * 12u;
      tap(w, u, a, b, d, e, f, g, h, i);
      tap(w + 4u, u + 4u, b, d, e, f, g, h, i, j);
      tap(w + 8u, u + 8u, d, e, f, g, h, i, j, k);
    }
  }
}

/** The second source, in its own frame. */
fn source1(n: u32, y: u32, x: u32, w0: u32, w1: u32) {
  for (var ky = 0u; ky < 3u; ky++) {
    let sy = y + ky - 1u - TOP1;
    let inRow = sy < HEIGHT1;
    let line = (n * HEIGHT1 + sy) * WIDTH1;
    let sx = x - 1u - LEFT1;
    let at0 = place(line, sx, inRow, WIDTH1, BLOCKS1, slab.x1);
    let at1 = place(line, sx + 1u, inRow, WIDTH1, BLOCKS1, slab.x1);
    let at2 = place(line, sx + 2u, inRow, WIDTH1, BLOCKS1, slab.x1);
    let at3 = place(line, sx + 3u, inRow, WIDTH1, BLOCKS1, slab.x1);
    let at4 = place(line, sx + 4u, inRow, WIDTH1, BLOCKS1, slab.x1);
    let at5 = place(line, sx + 5u, inRow, WIDTH1, BLOCKS1, slab.x1);
    let at6 = place(line, sx + 6u, inRow, WIDTH1, BLOCKS1, slab.x1);
    let at7 = place(line, sx + 7u, inRow, WIDTH1, BLOCKS1, slab.x1);
    let at8 = place(line, sx + 8u, inRow, WIDTH1, BLOCKS1, slab.x1);
    let at9 = place(line, sx + 9u, inRow, WIDTH1, BLOCKS1, slab.x1);
    for (var c = 0u; c < BLOCKS1; c++) {
      var mean = vec4f();
      var scale = vec4f();
      var shift = vec4f();
      if (NORM1) {
        mean = norm1[c];
        scale = norm1[2u * BLOCKS1 + c];
        shift = norm1[3u * BLOCKS1 + c];
      }
      let a = seen1(at0, c, mean, scale, shift);
      let b = seen1(at1, c, mean, scale, shift);
      let d = seen1(at2, c, mean, scale, shift);
      let e = seen1(at3, c, mean, scale, shift);
      let f = seen1(at4, c, mean, scale, shift);
      let g = seen1(at5, c, mean, scale, shift);
      let h = seen1(at6, c, mean, scale, shift);
      let i = seen1(at7, c, mean, scale, shift);
      let j = seen1(at8, c, mean, scale, shift);
      let k = seen1(at9, c, mean, scale, shift);
      let w = w0 + c * TAPS + ky * 12u;
      let u = w1 + c * TAPS + ky * 12u;
      tap(w, u, a, b, d, e, f, g, h, i);
      tap(w + 4u, u + 4u, b, d, e, f, g, h, i, j);
      tap(w + 8u, u + 8u, d, e, f, g, h, i, j, k);
    }
  }
}

/** No place: the pixel lies outside its source. */
const NOWHERE = 0xffffffffu;

/** Where a pixel's blocks begin in the window of its source. Columns left of the source have wrapped around. */
fn place(line: u32, x: u32, inRow: bool, width: u32, blocks: u32, base: u32) -> u32 {
  return select(NOWHERE, (line + x) * blocks - base, inRow && x < width);
}

fn seen0(at: u32, c: u32, mean: vec4f, scale: vec4f, shift: vec4f) -> vec4f {
  let inside = at != NOWHERE;
  var value = x0[select(0u, at + c, inside)];
  if (NORM0) {
    value = normalised(value, mean, scale, shift);
  }
  if (RELU0) {
    value = rectified(value);
  }
  return select(vec4f(), value, inside);
}

fn seen1(at: u32, c: u32, mean: vec4f, scale: vec4f, shift: vec4f) -> vec4f {
  let inside = at != NOWHERE;
  var value = x1[select(0u, at + c, inside)];
  if (NORM1) {
    value = normalised(value, mean, scale, shift);
  }
  if (RELU1) {
    value = rectified(value);
  }
  return select(vec4f(), value, inside);
}

/** A first source of few channels that lie one after the other, [n][channel][y][x]. */
fn plane(n: u32, y: u32, x: u32, w0: u32, w1: u32) {
  for (var c = 0u; c < CHANNELS0; c++) {
    let at = (n * CHANNELS0 + c) * HEIGHT;
    for (var ky = 0u; ky < 3u; ky++) {
      let sy = y + ky - 1u;
      for (var kx = 0u; kx < 3u; kx++) {
        let line = (at + sy) * WIDTH;
        let sx = x + kx - 1u;
        let inRow = sy < HEIGHT;
        let w = (c / 4u) * TAPS + (ky * 3u + kx) * 4u + c % 4u;
        lane(
          w0 + w,
          w1 + w,
          dot4(line, sx, inRow),
          dot4(line, sx + 1u, inRow),
          dot4(line, sx + 2u, inRow),
          dot4(line, sx + 3u, inRow),
          dot4(line, sx + 4u, inRow),
          dot4(line, sx + 5u, inRow),
          dot4(line, sx + 6u, inRow),
          dot4(line, sx + 7u, inRow),
        );
      }
    }
  }
}

/** One value of a plane. */
fn dot4(line: u32, x: u32, inRow: bool) -> f32 {
  let inside = inRow && x < WIDTH;
  let at = select(0u, line + x, inside);
  return select(0f, x0[at / 4u][at % 4u], inside);
}

/** Mean and sum of squared distances from it. */
struct Moments {
  mean: vec4f,
  squares: vec4f,
}

/** Of the first `count` of 8 values, in two passes. */
fn momentsOf(count: u32, a: vec4f, b: vec4f, c: vec4f, d: vec4f, e: vec4f, f: vec4f, g: vec4f, h: vec4f) -> Moments {
  let zero = vec4f();
  let sum = ((a + select(zero, b, count > 1u)) + (select(zero, c, count > 2u) + select(zero, d, count > 3u))) +
    ((select(zero, e, count > 4u) + select(zero, f, count > 5u)) + (select(zero, g, count > 6u) + select(zero, h, count > 7u)));
  let mean = sum / f32(count);
  let squares = ((square(a - mean) + select(zero, square(b - mean), count > 1u)) +
    (select(zero, square(c - mean), count > 2u) + select(zero, square(d - mean), count > 3u))) +
    ((select(zero, square(e - mean), count > 4u) + select(zero, square(f - mean), count > 5u)) +
    (select(zero, square(g - mean), count > 6u) + select(zero, square(h - mean), count > 7u)));
  return Moments(mean, squares);
}

fn square(value: vec4f) -> vec4f {
  return value * value;
}

/** Chan's formula: `count` values with moments `a` and `more` values with moments `b`. */
fn merged(a: Moments, count: f32, b: Moments, more: u32) -> Moments {
  let share = f32(more) / (count + f32(more));
  let delta = b.mean - a.mean;
  return Moments(fma(delta, vec4f(share), a.mean), a.squares + b.squares + delta * delta * (count * share));
}

/** Stores a block of up to 8 pixels into the target that holds it. */
fn put(block: u32, n: u32, y: u32, x: u32, count: u32, a: vec4f, b: vec4f, c: vec4f, d: vec4f, e: vec4f, f: vec4f, g: vec4f, h: vec4f) {
  store(block, n, y, x, a);
  if (count > 1u) {
    store(block, n, y, x + 1u, b);
  }
  if (count > 2u) {
    store(block, n, y, x + 2u, c);
  }
  if (count > 3u) {
    store(block, n, y, x + 3u, d);
  }
  if (count > 4u) {
    store(block, n, y, x + 4u, e);
  }
  if (count > 5u) {
    store(block, n, y, x + 5u, f);
  }
  if (count > 6u) {
    store(block, n, y, x + 6u, g);
  }
  if (count > 7u) {
    store(block, n, y, x + 7u, h);
  }
}

fn store(block: u32, n: u32, y: u32, x: u32, value: vec4f) {
  var result = value;
  if (RELU) {
    result = rectified(value);
  }
  if (block < TARGET_BLOCKS) {
    out[((n * HEIGHT + y) * WIDTH + x) * TARGET_BLOCKS + block - slab.out] = result;
  } else if (TARGET_BLOCKS < OUT_BLOCKS) {
    // The second target is a window of the frame.
    let ty = y - TARGET_TOP;
    let tx = x - TARGET_LEFT;
    if (ty < TARGET_HEIGHT && tx < TARGET_WIDTH) {
      let pixel = (n * TARGET_HEIGHT + ty) * TARGET_WIDTH + tx;
      other[pixel * (OUT_BLOCKS - TARGET_BLOCKS) + block - TARGET_BLOCKS - slab.other] = result;
    }
  }
}
