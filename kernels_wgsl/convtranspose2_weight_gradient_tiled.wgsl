// Gradient of the transposed convolution 2x2 with respect to its weight, through workgroup memory,
// for GPUs. It adds in the same order as `weight_gradient` of convtranspose2_gradient.wgsl, over
// the same partials, and gives the same bits. It serves blocks that divide into chunks and partials
// whose pixels divide into slices.
//
// A product of matrices (split-K): input channels x pixels with pixels x (tap, output channel). A
// workgroup of 64 invocations computes IN_CHUNK input blocks x the two taps of a kernel row x
// OUT_CHUNK output blocks of a partial. Per slice of SLICE pixels it loads 16 x 16 vectors of the
// source (batch norm and ReLU applied once) and 16 x 2 x 8 of dy: 8 KiB. An invocation computes the
// matrices of 2 input blocks x 2 taps x 1 output block: 64 accumulators, and per pixel 4 vector
// loads from workgroup memory for 16 vector multiply-adds.

const IN_CHUNK = 16u;
const OUT_CHUNK = 8u;
const SLICE = 16u;
const HALF = IN_CHUNK / 2u;
/** Pixels between those that an invocation loads. */
const LOAD_STEP = GROUP / 16u;

var<workgroup> sources: array<array<array<vec4f, HALF>, 2>, SLICE>; // [pixel][half][block]
var<workgroup> gradients: array<array<array<vec4f, OUT_CHUNK>, 2>, SLICE>; // [pixel][kx][block]

// The matrices [half][kx].
var<private> m00: mat4x4f;
var<private> m01: mat4x4f;
var<private> m10: mat4x4f;
var<private> m11: mat4x4f;

@compute @workgroup_size(GROUP)
fn weight_gradient(
  @builtin(local_invocation_index) lane: u32,
  @builtin(workgroup_id) id: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let index = workgroupNumber(id, groups);
  let ky = index % 2u;
  let inChunks = slab.blocks / IN_CHUNK;
  let outChunks = slab.outBlocks / OUT_CHUNK;
  let outChunk = index / 2u % outChunks * OUT_CHUNK;
  let inChunk = index / (2u * outChunks) % inChunks * IN_CHUNK;
  let partial = index / (2u * outChunks * inChunks);
  if (partial >= slab.partialCount) {
    return;
  }
  let o = lane % OUT_CHUNK;
  let i = lane / OUT_CHUNK;

  // What this invocation loads: of four pixels a block of the source, and a block of dy at one tap.
  let side = lane / 8u % 2u;
  let block = lane % 8u;
  let p = lane / 16u;
  let source = inChunk + side * HALF + block;
  let gradient = (ky * 2u * slab.width + side) * slab.outBlocks + outChunk + block - slab.dy;
  let blockNorm = normOf(source);

  let first = (slab.firstPartial + partial) * slab.rowsPerPartial;
  let end = min(first + slab.rowsPerPartial, slab.rows) * slab.width;
  // Where the slice begins.
  var row = first;
  var column = 0u;
  for (var pixel = first * slab.width; pixel < end; pixel += SLICE) {
    let at = (pixel + p) * slab.blocks + source - slab.x;
    let v0 = loadX(at);
    let v1 = loadX(at + LOAD_STEP * slab.blocks);
    let v2 = loadX(at + 2u * LOAD_STEP * slab.blocks);
    let v3 = loadX(at + 3u * LOAD_STEP * slab.blocks);
    let g0 = loadDy(firstOf(row, column + p) + gradient);
    let g1 = loadDy(firstOf(row, column + p + LOAD_STEP) + gradient);
    let g2 = loadDy(firstOf(row, column + p + 2u * LOAD_STEP) + gradient);
    let g3 = loadDy(firstOf(row, column + p + 3u * LOAD_STEP) + gradient);
    sources[p][side][block] = asRead(v0, blockNorm);
    sources[p + LOAD_STEP][side][block] = asRead(v1, blockNorm);
    sources[p + 2u * LOAD_STEP][side][block] = asRead(v2, blockNorm);
    sources[p + 3u * LOAD_STEP][side][block] = asRead(v3, blockNorm);
    gradients[p][side][block] = g0;
    gradients[p + LOAD_STEP][side][block] = g1;
    gradients[p + 2u * LOAD_STEP][side][block] = g2;
    gradients[p + 3u * LOAD_STEP][side][block] = g3;
    workgroupBarrier();
    four(0u, i, o);
    four(4u, i, o);
    four(8u, i, o);
    four(12u, i, o);
    workgroupBarrier();
    column += SLICE;
    let more = rowsIn(column);
    row += more;
    column -= more * slab.width;
  }
  let weights = (slab.firstPartial + partial) * slab.blocks + inChunk + i;
  let at = (weights * 4u + 2u * ky) * tapStep() + outChunk + o - slab.partials;
  let more = HALF * 4u * tapStep();
  store(at, m00);
  store(at + tapStep(), m01);
  store(at + more, m10);
  store(at + more + tapStep(), m11);
}

/** The first vector of a pixel's 2x2 block in dy. The column may be one of a later row. */
fn firstOf(row: u32, column: u32) -> u32 {
  return ((2u * row + rowsIn(column)) * slab.width + column) * 2u * slab.outBlocks;
}

/** Whole rows in so many columns: less than SLICE and a row. Only narrow maps need a division. */
fn rowsIn(columns: u32) -> u32 {
  if (slab.width >= SLICE) {
    return select(0u, 1u, columns >= slab.width);
  }
  return columns / slab.width;
}

/** Adds the products of four pixels of the slice. */
fn four(p: u32, i: u32, o: u32) {
  add(p, i, o);
  add(p + 1u, i, o);
  add(p + 2u, i, o);
  add(p + 3u, i, o);
}

fn add(p: u32, i: u32, o: u32) {
  let v0 = sources[p][0][i];
  let v1 = sources[p][1][i];
  let g0 = gradients[p][0][o];
  let g1 = gradients[p][1][o];
  m00 = outer(m00, g0, v0);
  m01 = outer(m01, g1, v0);
  m10 = outer(m10, g0, v1);
  m11 = outer(m11, g1, v1);
}
