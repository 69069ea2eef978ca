// Products of matrices for the transposed convolution 2x2 and its source's gradient, through
// workgroup memory. A workgroup of 64 invocations multiplies 64 pixels with 2 x 8 blocks of
// results, SLICE blocks of factors at a time. The host puts this text before
// convtranspose2_tiled.wgsl and convtranspose2_source_gradient_tiled.wgsl, after row8.wgsl.

const PIXELS = 64u;
const SLICE = 4u;
/** Pixels from one of an invocation's to the next. */
const STEP = PIXELS / 8u;
/** Pixels between the vectors of pixels that an invocation loads. */
const LOAD_STEP = GROUP / SLICE;

var<workgroup> pixels: array<array<array<vec4f, STEP>, 8>, SLICE>; // [block][pixel / 8][pixel % 8]
// [block][first or second][channel of the block][block of results]
var<workgroup> weights: array<array<array<array<vec4f, 8>, 4>, 2>, SLICE>;

// The accumulators: 8 pixels of an invocation's first and second block of results.
var<private> p0: Row8;
var<private> p1: Row8;

/** Puts a block of four pixels, LOAD_STEP apart, into workgroup memory. */
fn keepPixels(lane: u32, a: vec4f, b: vec4f, c: vec4f, d: vec4f) {
  let block = lane % SLICE;
  let s = lane / SLICE % 8u;
  let r = lane / SLICE / 8u;
  pixels[block][r][s] = a;
  pixels[block][r + 2u][s] = b;
  pixels[block][r + 4u][s] = c;
  pixels[block][r + 6u][s] = d;
}

/** Adds the products of a slice. */
fn multiply(lane: u32) {
  multiplyBlock(0u, lane);
  multiplyBlock(1u, lane);
  multiplyBlock(2u, lane);
  multiplyBlock(3u, lane);
}

fn multiplyBlock(c: u32, lane: u32) {
  let o = lane % 8u;
  let q = lane / 8u;
  let v = Row8(
    pixels[c][0][q],
    pixels[c][1][q],
    pixels[c][2][q],
    pixels[c][3][q],
    pixels[c][4][q],
    pixels[c][5][q],
    pixels[c][6][q],
    pixels[c][7][q],
  );
  p0 = products(
    mat4x4f(weights[c][0][0][o], weights[c][0][1][o], weights[c][0][2][o], weights[c][0][3][o]),
    v,
    p0,
  );
  p1 = products(
    mat4x4f(weights[c][1][0][o], weights[c][1][1][o], weights[c][1][2][o], weights[c][1][3][o]),
    v,
    p1,
  );
}

/** Stores the results of an invocation's 8 pixels, of which `first` is the first. */
fn storeAll(first: u32, place: u32) {
  store(first, place, p0.a, p1.a);
  store(first + STEP, place, p0.b, p1.b);
  store(first + 2u * STEP, place, p0.c, p1.c);
  store(first + 3u * STEP, place, p0.d, p1.d);
  store(first + 4u * STEP, place, p0.e, p1.e);
  store(first + 5u * STEP, place, p0.f, p1.f);
  store(first + 6u * STEP, place, p0.g, p1.g);
  store(first + 7u * STEP, place, p0.h, p1.h);
}
