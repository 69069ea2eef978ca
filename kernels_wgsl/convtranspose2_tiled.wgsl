// Transposed convolution 2x2 with stride 2 through workgroup memory, for GPUs. It adds in the same
// order as convtranspose2.wgsl and gives the same bits. It serves maps of any size, whose input
// blocks divide into slices and whose output blocks divide into chunks.
//
// No output pixel has two input pixels, so the convolution is a product of matrices: all input
// pixels x channels with channels x (tap, output channel). A workgroup of 64 invocations computes
// PIXELS input pixels, of one row or several, x the two taps of a kernel row x CHUNK output blocks.
// Per slice of SLICE input blocks it loads 64 x 4 vectors of pixels (batch norm and ReLU applied
// once) and 4 x 2 x 4 x 8 of weights: 8 KiB. An invocation multiplies 8 pixels with one block at
// two taps: 64 accumulators, and per input block 16 vector loads from workgroup memory for 64
// vector multiply-adds. Neighbouring invocations take neighbouring blocks, so that weights are read
// without bank conflicts and pixels are broadcast.

struct Slab {
  firstRow: u32, // of all images' input rows
  rows: u32,
  x: u32,
  y: u32,
}

@group(0) @binding(0) var<uniform> slab: Slab;
@group(0) @binding(1) var<storage, read_write> x: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> norm: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> weight: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> bias: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> y: array<vec4f>;

const PIXELS = 64u;
const CHUNK = 8u;
const SLICE = 4u;
const CHUNKS = OUT_BLOCKS / CHUNK;
/** Pixels from one of an invocation's to the next. */
const STEP = PIXELS / 8u;
/** Vectors of weights of an input block: 4 taps x 4 channels x output blocks. */
const BLOCK_STEP = 16u * OUT_BLOCKS;
/** Pixels between the vectors of pixels that an invocation loads. */
const LOAD_STEP = GROUP / SLICE;

var<workgroup> pixels: array<array<array<vec4f, STEP>, 8>, SLICE>; // [block][pixel / 8][pixel % 8]
var<workgroup> weights: array<array<array<array<vec4f, CHUNK>, 4>, 2>, SLICE>;

// The accumulators of the two taps.
var<private> p0: Row8;
var<private> p1: Row8;

@compute @workgroup_size(GROUP)
fn convolve(
  @builtin(local_invocation_index) lane: u32,
  @builtin(workgroup_id) id: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let index = id.y * groups.x + id.x;
  let ky = index % 2u;
  let chunk = index / 2u % CHUNKS * CHUNK;
  let first = index / (2u * CHUNKS) * PIXELS;
  let count = slab.rows * WIDTH;
  if (first >= count) {
    return;
  }
  let o = lane % CHUNK;
  let q = lane / CHUNK;

  // What this invocation loads: a block of four pixels, and a row's vector of four input blocks.
  // Pixels behind the last one are loaded as the last, and not stored.
  let block = lane % SLICE;
  let pixel = first + lane / SLICE;
  let last = count - 1u;
  let start = slab.firstRow * WIDTH;
  let at0 = (start + min(pixel, last)) * BLOCKS + block - slab.x;
  let at1 = (start + min(pixel + LOAD_STEP, last)) * BLOCKS + block - slab.x;
  let at2 = (start + min(pixel + 2u * LOAD_STEP, last)) * BLOCKS + block - slab.x;
  let at3 = (start + min(pixel + 3u * LOAD_STEP, last)) * BLOCKS + block - slab.x;
  let s = lane / SLICE % 8u;
  let r = lane / SLICE / 8u;
  let kx = lane / (4u * CHUNK);
  let channel = lane / CHUNK % 4u;
  let weightAt = ((2u * ky + kx) * 4u + channel) * OUT_BLOCKS + chunk + o;

  p0 = filled(bias[chunk + o]);
  p1 = p0;
  for (var c = 0u; c < BLOCKS; c += SLICE) {
    let n = normOf(c + block);
    let v0 = x[at0 + c];
    let v1 = x[at1 + c];
    let v2 = x[at2 + c];
    let v3 = x[at3 + c];
    let w = weightAt + c * BLOCK_STEP;
    let w0 = weight[w];
    let w1 = weight[w + BLOCK_STEP];
    let w2 = weight[w + 2u * BLOCK_STEP];
    let w3 = weight[w + 3u * BLOCK_STEP];
    pixels[block][r][s] = activated(v0, n, NORM, RELU);
    pixels[block][r + 2u][s] = activated(v1, n, NORM, RELU);
    pixels[block][r + 4u][s] = activated(v2, n, NORM, RELU);
    pixels[block][r + 6u][s] = activated(v3, n, NORM, RELU);
    weights[0][kx][channel][o] = w0;
    weights[1][kx][channel][o] = w1;
    weights[2][kx][channel][o] = w2;
    weights[3][kx][channel][o] = w3;
    workgroupBarrier();
    multiply(0u, q, o);
    multiply(1u, q, o);
    multiply(2u, q, o);
    multiply(3u, q, o);
    workgroupBarrier();
  }
  let at = chunk + o - slab.y;
  let g = first + q;
  store(g, ky, at, p0.a, p1.a);
  store(g + STEP, ky, at, p0.b, p1.b);
  store(g + 2u * STEP, ky, at, p0.c, p1.c);
  store(g + 3u * STEP, ky, at, p0.d, p1.d);
  store(g + 4u * STEP, ky, at, p0.e, p1.e);
  store(g + 5u * STEP, ky, at, p0.f, p1.f);
  store(g + 6u * STEP, ky, at, p0.g, p1.g);
  store(g + 7u * STEP, ky, at, p0.h, p1.h);
}

/** Adds the products of the slice's block c. */
fn multiply(c: u32, q: u32, o: u32) {
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
    mat4x4f(
      weights[c][0][0][o],
      weights[c][0][1][o],
      weights[c][0][2][o],
      weights[c][0][3][o],
    ),
    v,
    p0,
  );
  p1 = products(
    mat4x4f(
      weights[c][1][0][o],
      weights[c][1][1][o],
      weights[c][1][2][o],
      weights[c][1][3][o],
    ),
    v,
    p1,
  );
}

/** Stores the two outputs of a pixel of the slab in row ky of its 2x2 block. */
fn store(pixel: u32, ky: u32, at: u32, a: vec4f, b: vec4f) {
  if (pixel < slab.rows * WIDTH) {
    let row = 2u * (slab.firstRow + pixel / WIDTH) + ky;
    let to = (row * WIDTH + pixel % WIDTH) * 2u * OUT_BLOCKS + at;
    y[to] = a;
    y[to + OUT_BLOCKS] = b;
  }
}
