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
// adapters and small networks; what limits it is the rate of loads. (Two rows at once are a tenth faster on
// lavapipe and take twice as long to compile.)
//
// MOMENTS: per ROWS rows x 8 pixels and channel, the mean and the sum of squared distances from it go to `other`,
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
@group(0) @binding(5) var<storage, read_write> weight: array<mat4x4f>;
@group(0) @binding(6) var<storage, read_write> bias: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> out: array<vec4f>;
@group(0) @binding(8) var<storage, read_write> other: array<vec4f>;

/** Matrices of weights from an input block to an output block. */
const TAPS = 9u;
const IN_BLOCKS = BLOCKS0 + BLOCKS1;
const SPANS = (WIDTH + 7u) / 8u;
const PAIRS = (OUT_BLOCKS + 1u) / 2u;
const SINGLE = OUT_BLOCKS == 1u;

/** No line: the row lies outside its source. */
const NOWHERE = 0xffffffffu;

/** A block of 8 pixels of a row. */
struct Eight {
  a: vec4f,
  b: vec4f,
  c: vec4f,
  d: vec4f,
  e: vec4f,
  f: vec4f,
  g: vec4f,
  h: vec4f,
}

/** The same with a neighbour at either end. */
struct Ten {
  a: vec4f,
  b: vec4f,
  c: vec4f,
  d: vec4f,
  e: vec4f,
  f: vec4f,
  g: vec4f,
  h: vec4f,
  i: vec4f,
  j: vec4f,
}

// The accumulators of the two output blocks.
var<private> p0: Eight;
var<private> p1: Eight;

@compute @workgroup_size(GROUP)
fn convolve(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = invocation(id, groups);
  let tile = index / PAIRS;
  let strip = tile / SPANS;
  let first = strip * ROWS;
  if (first >= slab.rows) {
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
  var moments0 = Moments(vec4f(), vec4f(), 0f);
  var moments1 = moments0;
  let end = min(first + ROWS, slab.rows);
  for (var k = first; k < end; k++) {
    let row = slab.firstRow + k;
    p0 = everywhere(start0);
    p1 = everywhere(start1);
    if (PLANE) {
      plane(row, x, w0, w1);
    } else {
      source0(row, x, w0, w1);
    }
    if (BLOCKS1 > 0u) {
      source1(row, x, w0 + BLOCKS0 * TAPS, w1 + BLOCKS0 * TAPS);
    }
    if (MOMENTS) {
      moments0 = merged(moments0, momentsOf(columns, p0));
      moments1 = merged(moments1, momentsOf(columns, p1));
    }
    put(block0, row, x, columns, p0);
    if (block1 != block0) {
      put(block1, row, x, columns, p1);
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

fn everywhere(v: vec4f) -> Eight {
  return Eight(v, v, v, v, v, v, v, v);
}

/** sum + m v */
fn product(m: mat4x4f, v: vec4f, sum: vec4f) -> vec4f {
  return fma(m[3], vec4f(v.w), fma(m[2], vec4f(v.z), fma(m[1], vec4f(v.y), fma(m[0], vec4f(v.x), sum))));
}

fn products(m: mat4x4f, v: Eight, sum: Eight) -> Eight {
  return Eight(
    product(m, v.a, sum.a),
    product(m, v.b, sum.b),
    product(m, v.c, sum.c),
    product(m, v.d, sum.d),
    product(m, v.e, sum.e),
    product(m, v.f, sum.f),
    product(m, v.g, sum.g),
    product(m, v.h, sum.h),
  );
}

/** One kernel position for both output blocks, whose matrices are w and u. */
fn tap(w: u32, u: u32, v: Eight) {
  p0 = products(weight[w], v, p0);
  if (!SINGLE) {
    p1 = products(weight[u], v, p1);
  }
}

/** One kernel row. */
fn taps(w: u32, u: u32, v: Ten) {
  tap(w, u, left(v));
  tap(w + 1u, u + 1u, middle(v));
  tap(w + 2u, u + 2u, right(v));
}

fn left(v: Ten) -> Eight {
  return Eight(v.a, v.b, v.c, v.d, v.e, v.f, v.g, v.h);
}

fn middle(v: Ten) -> Eight {
  return Eight(v.b, v.c, v.d, v.e, v.f, v.g, v.h, v.i);
}

fn right(v: Ten) -> Eight {
  return Eight(v.c, v.d, v.e, v.f, v.g, v.h, v.i, v.j);
}

/** The first source. Columns left of a source have wrapped around; what lies outside is zero. */
fn source0(row: u32, x: u32, w0: u32, w1: u32) {
  for (var ky = 0u; ky < 3u; ky++) {
    let line = lineOf(row, ky, 0u, HEIGHT, WIDTH);
    for (var c = 0u; c < BLOCKS0; c++) {
      var norm = Norm(vec4f(), vec4f(), vec4f());
      if (NORM0) {
        norm = Norm(norm0[c], norm0[2u * BLOCKS0 + c], norm0[3u * BLOCKS0 + c]);
      }
      let at = c * TAPS + ky * 3u;
      taps(w0 + at, w1 + at, ten0(line, x - 1u, c, norm));
    }
  }
}

/** The second source, in its own frame. */
fn source1(row: u32, x: u32, w0: u32, w1: u32) {
  for (var ky = 0u; ky < 3u; ky++) {
    let line = lineOf(row, ky, TOP1, HEIGHT1, WIDTH1);
    for (var c = 0u; c < BLOCKS1; c++) {
      var norm = Norm(vec4f(), vec4f(), vec4f());
      if (NORM1) {
        norm = Norm(norm1[c], norm1[2u * BLOCKS1 + c], norm1[3u * BLOCKS1 + c]);
      }
      let at = c * TAPS + ky * 3u;
      taps(w0 + at, w1 + at, ten1(line, x - 1u - LEFT1, c, norm));
    }
  }
}

/** The first pixel of the source's row under kernel row ky. */
fn lineOf(row: u32, ky: u32, top: u32, height: u32, width: u32) -> u32 {
  let y = row % HEIGHT + ky - 1u - top;
  return select(NOWHERE, (row / HEIGHT * height + y) * width, y < height);
}

/** A block's norm as a reader applies it. */
struct Norm {
  mean: vec4f,
  scale: vec4f,
  shift: vec4f,
}

fn ten0(line: u32, x: u32, c: u32, norm: Norm) -> Ten {
  return Ten(
    seen0(line, x, c, norm),
    seen0(line, x + 1u, c, norm),
    seen0(line, x + 2u, c, norm),
    seen0(line, x + 3u, c, norm),
    seen0(line, x + 4u, c, norm),
    seen0(line, x + 5u, c, norm),
    seen0(line, x + 6u, c, norm),
    seen0(line, x + 7u, c, norm),
    seen0(line, x + 8u, c, norm),
    seen0(line, x + 9u, c, norm),
  );
}

fn ten1(line: u32, x: u32, c: u32, norm: Norm) -> Ten {
  return Ten(
    seen1(line, x, c, norm),
    seen1(line, x + 1u, c, norm),
    seen1(line, x + 2u, c, norm),
    seen1(line, x + 3u, c, norm),
    seen1(line, x + 4u, c, norm),
    seen1(line, x + 5u, c, norm),
    seen1(line, x + 6u, c, norm),
    seen1(line, x + 7u, c, norm),
    seen1(line, x + 8u, c, norm),
    seen1(line, x + 9u, c, norm),
  );
}

fn seen0(line: u32, x: u32, c: u32, norm: Norm) -> vec4f {
  let inside = line != NOWHERE && x < WIDTH;
  var value = x0[select(0u, (line + x) * BLOCKS0 + c - slab.x0, inside)];
  if (NORM0) {
    value = normalised(value, norm.mean, norm.scale, norm.shift);
  }
  if (RELU0) {
    value = rectified(value);
  }
  return select(vec4f(), value, inside);
}

fn seen1(line: u32, x: u32, c: u32, norm: Norm) -> vec4f {
  let inside = line != NOWHERE && x < WIDTH1;
  var value = x1[select(0u, (line + x) * BLOCKS1 + c - slab.x1, inside)];
  if (NORM1) {
    value = normalised(value, norm.mean, norm.scale, norm.shift);
  }
  if (RELU1) {
    value = rectified(value);
  }
  return select(vec4f(), value, inside);
}

/** A first source of few channels that lie one after the other, [n][channel][y][x]: one channel a vector. */
fn plane(row: u32, x: u32, w0: u32, w1: u32) {
  for (var c = 0u; c < CHANNELS0; c++) {
    for (var ky = 0u; ky < 3u; ky++) {
      let at = c / 4u * TAPS + ky * 3u;
      taps(w0 + at, w1 + at, tenOf(row, ky, x - 1u, c));
    }
  }
}

fn tenOf(row: u32, ky: u32, x: u32, c: u32) -> Ten {
  let y = row % HEIGHT + ky - 1u;
  let line = select(NOWHERE, ((row / HEIGHT * CHANNELS0 + c) * HEIGHT + y) * WIDTH, y < HEIGHT);
  return Ten(
    one(line, x, c),
    one(line, x + 1u, c),
    one(line, x + 2u, c),
    one(line, x + 3u, c),
    one(line, x + 4u, c),
    one(line, x + 5u, c),
    one(line, x + 6u, c),
    one(line, x + 7u, c),
    one(line, x + 8u, c),
    one(line, x + 9u, c),
  );
}

/** One value of a plane in its channel's lane. */
fn one(line: u32, x: u32, c: u32) -> vec4f {
  let inside = line != NOWHERE && x < WIDTH;
  let at = select(0u, line + x, inside);
  let value = select(0f, x0[at / 4u][at % 4u], inside);
  return select(vec4f(), vec4f(value), vec4u(0u, 1u, 2u, 3u) == vec4u(c % 4u));
}

/** Of the first `count` of 8 values, in two passes. */
fn momentsOf(count: u32, v: Eight) -> Moments {
  let mean = sumOf(count, v) / f32(count);
  let squares = Eight(
    square(v.a - mean),
    square(v.b - mean),
    square(v.c - mean),
    square(v.d - mean),
    square(v.e - mean),
    square(v.f - mean),
    square(v.g - mean),
    square(v.h - mean),
  );
  return Moments(mean, sumOf(count, squares), f32(count));
}

fn sumOf(count: u32, v: Eight) -> vec4f {
  let zero = vec4f();
  let first = (v.a + select(zero, v.b, count > 1u)) +
    (select(zero, v.c, count > 2u) + select(zero, v.d, count > 3u));
  let second = (select(zero, v.e, count > 4u) + select(zero, v.f, count > 5u)) +
    (select(zero, v.g, count > 6u) + select(zero, v.h, count > 7u));
  return first + second;
}

fn square(value: vec4f) -> vec4f {
  return value * value;
}

/** Stores a block of up to 8 pixels. */
fn put(block: u32, row: u32, x: u32, count: u32, v: Eight) {
  store(block, row, x, v.a);
  if (count > 1u) {
    store(block, row, x + 1u, v.b);
  }
  if (count > 2u) {
    store(block, row, x + 2u, v.c);
  }
  if (count > 3u) {
    store(block, row, x + 3u, v.d);
  }
  if (count > 4u) {
    store(block, row, x + 4u, v.e);
  }
  if (count > 5u) {
    store(block, row, x + 5u, v.f);
  }
  if (count > 6u) {
    store(block, row, x + 6u, v.g);
  }
  if (count > 7u) {
    store(block, row, x + 7u, v.h);
  }
}

/** Stores a pixel's block in the target that holds it. */
fn store(block: u32, row: u32, x: u32, value: vec4f) {
  var result = value;
  if (RELU) {
    result = rectified(value);
  }
  if (block < TARGET_BLOCKS) {
    out[(row * WIDTH + x) * TARGET_BLOCKS + block - slab.out] = result;
  } else if (TARGET_BLOCKS < OUT_BLOCKS) {
    // The second target is a window of the frame.
    let ty = row % HEIGHT - TARGET_TOP;
    let tx = x - TARGET_LEFT;
    if (ty < TARGET_HEIGHT && tx < TARGET_WIDTH) {
      let pixel = (row / HEIGHT * TARGET_HEIGHT + ty) * TARGET_WIDTH + tx;
      other[pixel * (OUT_BLOCKS - TARGET_BLOCKS) + block - TARGET_BLOCKS - slab.other] = result;
    }
  }
}
