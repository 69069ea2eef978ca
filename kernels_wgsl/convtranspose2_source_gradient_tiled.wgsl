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
  blocks: u32,
  outBlocks: u32,
  width: u32,
}

@group(0) @binding(0) var<uniform> slab: Slab;
@group(0) @binding(1) var<storage, read_write> dx: array<StoredDx>;
@group(0) @binding(2) var<storage, read_write> weight: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> dy: array<StoredDy>;

const CHUNK = 16u;
const HALF = CHUNK / 2u;

@compute @workgroup_size(GROUP)
fn source_gradient(
  @builtin(local_invocation_index) lane: u32,
  @builtin(workgroup_id) id: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let index = workgroupNumber(id, groups);
  let chunks = slab.blocks / CHUNK;
  let chunk = index % chunks * CHUNK;
  let first = index / chunks * PIXELS;
  if (first >= slab.rows * slab.width) {
    return;
  }

  // What this invocation loads: a block of four pixels, and the matrix from an output block to an
  // input block.
  let block = lane % SLICE;
  let pixel = first + lane / SLICE;
  let at0 = firstOf(pixel) + block;
  let at1 = firstOf(pixel + LOAD_STEP) + block;
  let at2 = firstOf(pixel + 2u * LOAD_STEP) + block;
  let at3 = firstOf(pixel + 3u * LOAD_STEP) + block;
  let i = lane / SLICE % HALF;
  let half = lane / SLICE / HALF;
  // Vectors of weights from one tap to the next.
  let tapStep = 4u * slab.outBlocks;
  let weightAt = (chunk + lane / SLICE) * 4u * tapStep + block;

  p0 = filled(vec4f());
  p1 = p0;
  for (var tap = 0u; tap < 4u; tap++) {
    let below = (tap / 2u * 2u * slab.width + tap % 2u) * slab.outBlocks;
    for (var c = 0u; c < slab.outBlocks; c += SLICE) {
      let v0 = loadDy(at0 + below + c);
      let v1 = loadDy(at1 + below + c);
      let v2 = loadDy(at2 + below + c);
      let v3 = loadDy(at3 + below + c);
      let w = weightAt + tap * tapStep + c;
      let m = transpose(matrixAt(w, slab.outBlocks));
      keepPixels(lane, v0, v1, v2, v3);
      weights[block][half][0][i] = m[0];
      weights[block][half][1][i] = m[1];
      weights[block][half][2][i] = m[2];
      weights[block][half][3][i] = m[3];
      workgroupBarrier();
      multiply(lane);
      workgroupBarrier();
    }
  }
  storeAll(first + lane / HALF, chunk + lane % HALF);
}

/** The first vector of dy of a pixel of the slab; behind the last pixel, that of the last. */
fn firstOf(pixel: u32) -> u32 {
  let g = slab.firstRow * slab.width + min(pixel, slab.rows * slab.width - 1u);
  return (g + g / slab.width * slab.width) * 2u * slab.outBlocks - slab.dy;
}

/** Stores both blocks of a pixel of the slab. */
fn store(pixel: u32, block: u32, a: vec4f, b: vec4f) {
  if (pixel < slab.rows * slab.width) {
    let at = (slab.firstRow * slab.width + pixel) * slab.blocks + block - slab.x;
    storeDx(at, a);
    storeDx(at + HALF, b);
  }
}
