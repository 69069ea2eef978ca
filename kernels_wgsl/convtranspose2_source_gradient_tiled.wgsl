// Gradient of the transposed convolution 2x2 with respect to its source, through workgroup memory,
// for GPUs. It adds in the same order as `source_gradient` of convtranspose2_gradient.wgsl and
// gives the same bits. It serves maps of any size, whose input blocks divide into chunks and whose
// output blocks divide into slices.
//
// A product of matrices: all input pixels x (tap, output channel) with (tap, output channel) x
// input channels. A workgroup of 64 invocations computes PIXELS input pixels, of one row or
// several, x CHUNK input blocks. Per tap and slice of SLICE output blocks it loads 64 x 4 vectors
// of dy and 4 x 16 matrices of weights, which it transposes: 8 KiB. An invocation multiplies 8
// pixels with 2 blocks: 64 accumulators, and per output block 16 vector loads from workgroup memory
// for 64 vector multiply-adds.

struct Slab {
  firstRow: u32, // of all images' input rows
  rows: u32,
  x: u32,
  dy: u32,
}

@group(0) @binding(0) var<uniform> slab: Slab;
@group(0) @binding(1) var<storage, read_write> dx: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> weight: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> dy: array<vec4f>;

const PIXELS = 64u;
const CHUNK = 16u;
const SLICE = 4u;
const CHUNKS = BLOCKS / CHUNK;
const HALF = CHUNK / 2u;
/** Pixels from one of an invocation's to the next. */
const STEP = PIXELS / 8u;
/** Vectors of weights from one tap to the next. */
const TAP_STEP = 4u * OUT_BLOCKS;
/** Pixels between the vectors of dy that an invocation loads. */
const LOAD_STEP = GROUP / SLICE;

var<workgroup> pixels: array<array<array<vec4f, STEP>, 8>, SLICE>; // [block][pixel / 8][pixel % 8]
// [output block][channel of the block][half][input block]
var<workgroup> weights: array<array<array<array<vec4f, HALF>, 2>, 4>, SLICE>;

// The accumulators of the two blocks.
var<private> p0: Row8;
var<private> p1: Row8;

@compute @workgroup_size(GROUP)
fn source_gradient(
  @builtin(local_invocation_index) lane: u32,
  @builtin(workgroup_id) id: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let index = id.y * groups.x + id.x;
  let chunk = index % CHUNKS * CHUNK;
  let first = index / CHUNKS * PIXELS;
  if (first >= slab.rows * WIDTH) {
    return;
  }
  let i = lane % HALF;
  let q = lane / HALF;

  // What this invocation loads: a block of four pixels, and the matrix from an output block to an
  // input block.
  let block = lane % SLICE;
  let pixel = first + lane / SLICE;
  let at0 = firstOf(pixel) + block;
  let at1 = firstOf(pixel + LOAD_STEP) + block;
  let at2 = firstOf(pixel + 2u * LOAD_STEP) + block;
  let at3 = firstOf(pixel + 3u * LOAD_STEP) + block;
  let s = lane / SLICE % 8u;
  let r = lane / SLICE / 8u;
  let weightAt = (chunk + lane / SLICE) * 4u * TAP_STEP + block;

  p0 = filled(vec4f());
  p1 = p0;
  for (var tap = 0u; tap < 4u; tap++) {
    let below = (tap / 2u * 2u * WIDTH + tap % 2u) * OUT_BLOCKS;
    for (var c = 0u; c < OUT_BLOCKS; c += SLICE) {
      let v0 = dy[at0 + below + c];
      let v1 = dy[at1 + below + c];
      let v2 = dy[at2 + below + c];
      let v3 = dy[at3 + below + c];
      let w = weightAt + tap * TAP_STEP + c;
      let m = transpose(mat4x4f(
        weight[w],
        weight[w + OUT_BLOCKS],
        weight[w + 2u * OUT_BLOCKS],
        weight[w + 3u * OUT_BLOCKS],
      ));
      pixels[block][r][s] = v0;
      pixels[block][r + 2u][s] = v1;
      pixels[block][r + 4u][s] = v2;
      pixels[block][r + 6u][s] = v3;
      weights[block][0][r][s] = m[0];
      weights[block][1][r][s] = m[1];
      weights[block][2][r][s] = m[2];
      weights[block][3][r][s] = m[3];
      workgroupBarrier();
      multiply(0u, q, i);
      multiply(1u, q, i);
      multiply(2u, q, i);
      multiply(3u, q, i);
      workgroupBarrier();
    }
  }
  let g = first + q;
  store(g, chunk + i, p0.a, p1.a);
  store(g + STEP, chunk + i, p0.b, p1.b);
  store(g + 2u * STEP, chunk + i, p0.c, p1.c);
  store(g + 3u * STEP, chunk + i, p0.d, p1.d);
  store(g + 4u * STEP, chunk + i, p0.e, p1.e);
  store(g + 5u * STEP, chunk + i, p0.f, p1.f);
  store(g + 6u * STEP, chunk + i, p0.g, p1.g);
  store(g + 7u * STEP, chunk + i, p0.h, p1.h);
}

/** The first vector of dy of a pixel of the slab; behind the last pixel, that of the last. */
fn firstOf(pixel: u32) -> u32 {
  let g = slab.firstRow * WIDTH + min(pixel, slab.rows * WIDTH - 1u);
  return (g + g / WIDTH * WIDTH) * 2u * OUT_BLOCKS - slab.dy;
}

/** Adds the products of the slice's block c. */
fn multiply(c: u32, q: u32, i: u32) {
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
      weights[c][0][0][i],
      weights[c][1][0][i],
      weights[c][2][0][i],
      weights[c][3][0][i],
    ),
    v,
    p0,
  );
  p1 = products(
    mat4x4f(
      weights[c][0][1][i],
      weights[c][1][1][i],
      weights[c][2][1][i],
      weights[c][3][1][i],
    ),
    v,
    p1,
  );
}

/** Stores both blocks of a pixel of the slab. */
fn store(pixel: u32, block: u32, a: vec4f, b: vec4f) {
  if (pixel < slab.rows * WIDTH) {
    let at = (slab.firstRow * WIDTH + pixel) * BLOCKS + block - slab.x;
    dx[at] = a;
    dx[at + HALF] = b;
  }
}
