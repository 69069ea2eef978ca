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
  blocks: u32,
  outBlocks: u32,
  width: u32,
  hasNorm: u32,
  hasRelu: u32,
}

@group(0) @binding(0) var<uniform> slab: Slab;
@group(0) @binding(1) var<storage, read_write> x: array<StoredX>;
@group(0) @binding(2) var<storage, read_write> norm: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> weight: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> bias: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> y: array<StoredY>;

const CHUNK = 8u;

@compute @workgroup_size(GROUP)
fn convolve(
  @builtin(local_invocation_index) lane: u32,
  @builtin(workgroup_id) id: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let index = workgroupNumber(id, groups);
  let ky = index % 2u;
  let chunks = slab.outBlocks / CHUNK;
  let chunk = index / 2u % chunks * CHUNK;
  let first = index / (2u * chunks) * PIXELS;
  let count = slab.rows * slab.width;
  if (first >= count) {
    return;
  }
  let o = lane % CHUNK;

  // What this invocation loads: a block of four pixels, and a row's vector of four input blocks.
  // Pixels behind the last one are loaded as the last, and not stored.
  let block = lane % SLICE;
  let pixel = first + lane / SLICE;
  let last = count - 1u;
  let start = slab.firstRow * slab.width;
  let at0 = (start + min(pixel, last)) * slab.blocks + block - slab.x;
  let at1 = (start + min(pixel + LOAD_STEP, last)) * slab.blocks + block - slab.x;
  let at2 = (start + min(pixel + 2u * LOAD_STEP, last)) * slab.blocks + block - slab.x;
  let at3 = (start + min(pixel + 3u * LOAD_STEP, last)) * slab.blocks + block - slab.x;
  let kx = lane / (4u * CHUNK);
  let channel = lane / CHUNK % 4u;
  let weightAt = ((2u * ky + kx) * 4u + channel) * slab.outBlocks + chunk + o;

  // Vectors of weights of an input block: 4 taps x 4 channels x output blocks.
  let blockStep = 16u * slab.outBlocks;

  p0 = filled(bias[chunk + o]);
  p1 = p0;
  for (var c = 0u; c < slab.blocks; c += SLICE) {
    let n = normOf(c + block);
    let v0 = loadX(at0 + c);
    let v1 = loadX(at1 + c);
    let v2 = loadX(at2 + c);
    let v3 = loadX(at3 + c);
    let w = weightAt + c * blockStep;
    let w0 = weight[w];
    let w1 = weight[w + blockStep];
    let w2 = weight[w + 2u * blockStep];
    let w3 = weight[w + 3u * blockStep];
    keepPixels(
      lane,
      asRead(v0, n),
      asRead(v1, n),
      asRead(v2, n),
      asRead(v3, n),
    );
    weights[0][kx][channel][o] = w0;
    weights[1][kx][channel][o] = w1;
    weights[2][kx][channel][o] = w2;
    weights[3][kx][channel][o] = w3;
    workgroupBarrier();
    multiply(lane);
    workgroupBarrier();
  }
  storeAll(first + lane / CHUNK, 2u * (chunk + o) + ky);
}

/** Stores the two outputs of a pixel of the slab at `place`: twice the output block, and ky. */
fn store(pixel: u32, place: u32, a: vec4f, b: vec4f) {
  if (pixel < slab.rows * slab.width) {
    let row = 2u * (slab.firstRow + pixel / slab.width) + place % 2u;
    let to = (row * slab.width + pixel % slab.width) * 2u * slab.outBlocks + place / 2u - slab.y;
    storeY(to, a);
    storeY(to + slab.outBlocks, b);
  }
}
