// 3x3 convolution through workgroup memory, for GPUs. It adds in the same order as
// conv3x3_direct.wgsl and gives the same bits. It serves maps that divide into tiles and outputs
// that divide into chunks of blocks; lib/engine/gpu/variants.ts lists the sizes of tiles.
//
// Tiling (implicit GEMM): a workgroup computes TILE_ROWS rows x TILE_COLUMNS columns x CHUNK output
// blocks; by default 8 x 16 x 16, with 128 invocations. Per input block it loads 10 x 18 pixels
// (batch norm and ReLU applied once) and 9 taps x 4 channels x 16 blocks of weights into workgroup
// memory: 12.4 KiB. Each invocation multiplies 8 pixels of a row with 2 blocks: 64 accumulators,
// 102 vector loads from workgroup memory for 576 vector multiply-adds. Invocations of a row of the
// workgroup take neighbouring blocks, so that weights are read without bank conflicts and pixels
// are broadcast. Arithmetic limits the speed.

const PAIRS = CHUNK / 2u;
const TILE_SPANS = TILE_COLUMNS / 8u;
/** Invocations from one row of the tile to the next. */
const ROW_LANES = PAIRS * TILE_SPANS;
const HALO_COLUMNS = TILE_COLUMNS + 2u;
const HALO = (TILE_ROWS + 2u) * HALO_COLUMNS;
/** Rows of weights of an input block: TAPS x 4 channels. */
const ROWS_OF_WEIGHTS = 4u * TAPS;
const WEIGHTS = ROWS_OF_WEIGHTS * CHUNK;
/** The moments, four vectors per invocation, later take the place of the weights. */
const WEIGHTS_SIZE = max(WEIGHTS, 4u * GROUP);

var<workgroup> pixels: array<vec4f, HALO>;
var<workgroup> weights: array<vec4f, WEIGHTS_SIZE>; // [tap][input channel][output block]

// The accumulators of the two output blocks.
var<private> p0: Row8;
var<private> p1: Row8;

@compute @workgroup_size(GROUP)
fn convolve(
  @builtin(local_invocation_index) lane: u32,
  @builtin(workgroup_id) id: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let index = id.y * groups.x + id.x;
  let chunk = index % (OUT_BLOCKS / CHUNK) * CHUNK;
  let tile = index / (OUT_BLOCKS / CHUNK);
  let column = tile % (WIDTH / TILE_COLUMNS) * TILE_COLUMNS;
  let first = tile / (WIDTH / TILE_COLUMNS) * TILE_ROWS;
  if (first >= slab.rows) {
    return;
  }
  let tileRow = slab.firstRow + first;
  // Pairs of blocks x spans of a row x rows.
  let block0 = lane % PAIRS;
  let block1 = block0 + PAIRS;
  let offset = lane / PAIRS % TILE_SPANS * 8u;
  let r = lane / ROW_LANES;
  let row = tileRow + r;
  var start0 = vec4f();
  var start1 = vec4f();
  if (BIAS) {
    start0 = bias[chunk + block0];
    start1 = bias[chunk + block1];
  }
  p0 = startOf(chunk + block0, row, column + offset, start0);
  p1 = startOf(chunk + block1, row, column + offset, start1);
  for (var c = 0u; c < BLOCKS0; c++) {
    loadTile0(lane, tileRow, column, c);
    loadWeights(lane, chunk, c);
    workgroupBarrier();
    multiply(r, offset, block0, block1);
    workgroupBarrier();
  }
  for (var c = 0u; c < BLOCKS1; c++) {
    loadTile1(lane, tileRow, column, c);
    loadWeights(lane, chunk, BLOCKS0 + c);
    workgroupBarrier();
    multiply(r, offset, block0, block1);
    workgroupBarrier();
  }
  if (MOMENTS) {
    // Always 8, but unknown to the compiler, so divisions by it round as in conv3x3_direct.wgsl.
    let columns = min(8u, WIDTH - column - offset);
    let moments0 = momentsOf(columns, p0);
    let moments1 = momentsOf(columns, p1);
    weights[lane * 4u] = moments0.mean;
    weights[lane * 4u + 1u] = moments0.squares;
    weights[lane * 4u + 2u] = moments1.mean;
    weights[lane * 4u + 3u] = moments1.squares;
    workgroupBarrier();
    if (r % ROWS == 0u) {
      let partial = (row / ROWS * SPANS + (column + offset) / 8u) * 2u * OUT_BLOCKS + chunk;
      writeMoments(lane * 4u, columns, partial + block0);
      writeMoments(lane * 4u + 2u, columns, partial + block1);
    }
  }
  storeRow(chunk + block0, row, column + offset, 8u, p0);
  storeRow(chunk + block1, row, column + offset, 8u, p1);
}

/** Merges the moments of ROWS rows and writes them. */
fn writeMoments(at: u32, columns: u32, to: u32) {
  var sum = Moments(vec4f(), vec4f(), 0f);
  for (var k = 0u; k < ROWS; k++) {
    let next = at + k * 4u * ROW_LANES;
    sum = merged(sum, Moments(weights[next], weights[next + 1u], f32(columns)));
  }
  other[to] = sum.mean;
  other[to + OUT_BLOCKS] = sum.squares;
}

/** Loads the tile's pixels of one block of the first source. */
fn loadTile0(lane: u32, tileRow: u32, column: u32, c: u32) {
  let norm = normOf0(c);
  for (var i = lane; i < HALO; i += GROUP) {
    let line = lineOf(tileRow, i / HALO_COLUMNS, 0u, HEIGHT, WIDTH);
    pixels[i] = activated0(line, column + i % HALO_COLUMNS - 1u, c, norm);
  }
}

/** Loads the tile's pixels of one block of the second source, in its own frame. */
fn loadTile1(lane: u32, tileRow: u32, column: u32, c: u32) {
  let norm = normOf1(c);
  for (var i = lane; i < HALO; i += GROUP) {
    let line = lineOf(tileRow, i / HALO_COLUMNS, TOP1, HEIGHT1, WIDTH1);
    pixels[i] = activated1(line, column + i % HALO_COLUMNS - 1u - LEFT1, c, norm);
  }
}

/**
 * Loads the weights from input block c to the chunk's output blocks, CHUNK vectors of each row.
 * Neighbouring invocations read and write neighbouring vectors.
 */
fn loadWeights(lane: u32, chunk: u32, c: u32) {
  let first = (FIRST_IN + c) * ROWS_OF_WEIGHTS * WEIGHT_BLOCKS + FIRST_OUT + chunk;
  for (var i = lane; i < WEIGHTS; i += GROUP) {
    weights[i] = weight[first + i / CHUNK * WEIGHT_BLOCKS + i % CHUNK];
  }
}

/** Adds the products of an invocation's 8 pixels and two blocks to the accumulators. */
fn multiply(r: u32, offset: u32, block0: u32, block1: u32) {
  for (var ky = 0u; ky < 3u; ky++) {
    let at = (r + ky) * HALO_COLUMNS + offset;
    let v = Row10(
      pixels[at],
      pixels[at + 1u],
      pixels[at + 2u],
      pixels[at + 3u],
      pixels[at + 4u],
      pixels[at + 5u],
      pixels[at + 6u],
      pixels[at + 7u],
      pixels[at + 8u],
      pixels[at + 9u],
    );
    let w = ky * 12u * CHUNK;
    tap(w, block0, block1, left(v));
    tap(w + 4u * CHUNK, block0, block1, middle(v));
    tap(w + 8u * CHUNK, block0, block1, right(v));
  }
}

fn tap(w: u32, block0: u32, block1: u32, v: Row8) {
  p0 = products(matrixAt(w + block0), v, p0);
  p1 = products(matrixAt(w + block1), v, p1);
}

fn matrixAt(at: u32) -> mat4x4f {
  return mat4x4f(
    weights[at],
    weights[at + CHUNK],
    weights[at + 2u * CHUNK],
    weights[at + 3u * CHUNK],
  );
}
