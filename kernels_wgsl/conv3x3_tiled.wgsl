// 3x3 convolution through workgroup memory, for GPUs. It adds in the same order as
// conv3x3_direct.wgsl and gives the same bits. It serves maps that divide into tiles and outputs
// that divide into chunks of blocks; lib/engine/gpu/variants.ts lists the sizes of tiles.
//
// Tiling (implicit GEMM): a workgroup computes TILE_ROWS rows x TILE_COLUMNS columns x CHUNK output
// blocks; by default 8 x 16 x 16, with 128 invocations. An invocation computes 8 pixels of a row,
// an octet, of LANE_BLOCKS output blocks: 64 accumulators of 2 blocks, or 32 of one for GPUs with
// few registers. Invocations of a row of the workgroup take neighbouring blocks, so that weights
// are read without bank conflicts and pixels are broadcast.
//
// The slice of an input block is 10 x 18 pixels, batch norm and ReLU applied once, and 36 x 16
// vectors of weights, the rows [tap][input channel]: 13 KiB of workgroup memory. Per slice an
// invocation loads 2 + 5 vectors, reads 102 vectors of workgroup memory and does 576 vector
// multiply-adds. Arithmetic limits the speed, as long as three things hold:
// - Arrays of workgroup memory are nested, so that most indices are constants. A dynamic index is
//   checked at each access, and its address computed.
// - What does not depend on the input block is computed once, before the loop: where each of an
//   invocation's pixels lies and whether it lies inside.
// - All loads of a slice are issued before the first of them is used. They are written one by one,
//   since a loop would wait for each. The calls for loads beyond the slice, whose number is
//   constant, vanish in compilation. With PREFETCH the next slice is loaded while this one is
//   multiplied: it takes registers, and helps where few workgroups share a processor.

/** Invocations side by side along the output blocks. */
const LANE_COLUMNS = CHUNK / LANE_BLOCKS;
const OCTETS = TILE_COLUMNS / 8u;
/** Invocations from one row of the tile to the next. */
const ROW_LANES = LANE_COLUMNS * OCTETS;
const HALO_COLUMNS = TILE_COLUMNS + 2u;
const HALO = (TILE_ROWS + 2u) * HALO_COLUMNS;
/** Rows of weights: [tap][input channel], 12 per kernel row. */
const WEIGHT_ROWS = 4u * TAPS;
const WEIGHTS = WEIGHT_ROWS * CHUNK;
/** Rows of weights that the invocations load at once. */
const ROWS_AT_ONCE = GROUP / CHUNK;
/** Moments, two vectors per invocation, later take the place of the weights. */
const KERNEL_ROWS = max(3u, (2u * GROUP + 12u * CHUNK - 1u) / (12u * CHUNK));

const_assert HALO <= 3u * GROUP;
const_assert WEIGHTS <= 9u * GROUP;
const_assert GROUP % CHUNK == 0u;

var<workgroup> pixels: array<array<array<vec4f, 8>, OCTETS + 1u>, TILE_ROWS + 2u>;
var<workgroup> weights: array<array<array<vec4f, CHUNK>, 12>, KERNEL_ROWS>;

// The accumulators of the output blocks.
var<private> p0: Row8;
var<private> p1: Row8;

/** Where a pixel of the halo begins in its source, in vectors, and whether it lies inside. */
struct Place {
  at: u32,
  inside: bool,
}

/** The places of an invocation's pixels. */
struct Places {
  a: Place,
  b: Place,
  c: Place,
}

/** The vectors that an invocation loads of an input block. */
struct Slice {
  pixels: SlicePixels,
  weights: SliceWeights,
}

struct SlicePixels {
  a: vec4f,
  b: vec4f,
  c: vec4f,
}

struct SliceWeights {
  a: vec4f,
  b: vec4f,
  c: vec4f,
  d: vec4f,
  e: vec4f,
  f: vec4f,
  g: vec4f,
  h: vec4f,
  i: vec4f,
}

@compute @workgroup_size(GROUP)
fn convolve(
  @builtin(local_invocation_index) lane: u32,
  @builtin(workgroup_id) id: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let index = workgroupNumber(id, groups);
  let chunks = slab.outBlocks / CHUNK;
  let chunk = index % chunks * CHUNK;
  let tile = index / chunks;
  let tileColumns = slab.width / TILE_COLUMNS;
  let column = tile % tileColumns * TILE_COLUMNS;
  let first = tile / tileColumns * TILE_ROWS;
  if (first >= slab.rows) {
    return;
  }
  // A tile lies in one image.
  let tileRow = rowOf(slab.firstRow + first);
  // Blocks x octets of a row x rows.
  let lane0 = lane % LANE_COLUMNS;
  let octet = lane / LANE_COLUMNS % OCTETS;
  let r = lane / ROW_LANES;
  let block0 = chunk + lane0;
  let block1 = block0 + LANE_COLUMNS;
  let row = below(tileRow, r);
  let x = column + octet * 8u;
  start(block0, block1, row, x);
  sum0(lane, tileRow, column, chunk, r, octet);
  if (SECOND) {
    sum1(lane, tileRow, column, chunk, r, octet);
  }
  if (slab.hasMoments != 0u) {
    let partial = (row.number / slab.rowsPerPartial * spansOfRow() + x / 8u) * 2u * slab.outBlocks;
    // Always 8, but unknown to the compiler, so divisions by it round as in conv3x3_direct.wgsl.
    let columns = min(8u, slab.width - x);
    writeMoments(lane, columns, partial + block0, p0);
    if (LANE_BLOCKS > 1u) {
      workgroupBarrier();
      writeMoments(lane, columns, partial + block1, p1);
    }
  }
  storeRow(block0, row, x, 8u, p0);
  if (LANE_BLOCKS > 1u) {
    storeRow(block1, row, x, 8u, p1);
  }
}

/** Gives the accumulators their first values. */
fn start(block0: u32, block1: u32, row: Row, x: u32) {
  var start0 = vec4f();
  var start1 = vec4f();
  if (slab.hasBias != 0u) {
    start0 = bias[block0];
    if (LANE_BLOCKS > 1u) {
      start1 = bias[block1];
    }
  }
  p0 = startOf(block0, row, x, start0);
  if (LANE_BLOCKS > 1u) {
    p1 = startOf(block1, row, x, start1);
  }
}

/** Adds the products of the first source. */
fn sum0(lane: u32, tileRow: Row, column: u32, chunk: u32, r: u32, octet: u32) {
  let places = Places(
    placeOf0(lane, tileRow, column),
    placeOf0(lane + GROUP, tileRow, column),
    placeOf0(lane + 2u * GROUP, tileRow, column),
  );
  let first = weightsFrom(lane, chunk, 0u);
  let blockStep = WEIGHT_ROWS * slab.weightBlocks;
  var slice: Slice;
  if (PREFETCH && slab.blocks0 > 0u) {
    slice = Slice(loadPixels0(places, 0u), loadWeights(lane, first));
  }
  for (var c = 0u; c < slab.blocks0; c++) {
    if (!PREFETCH) {
      slice = Slice(loadPixels0(places, c), loadWeights(lane, first + c * blockStep));
    }
    let norm = normOf0(c);
    storePixel(lane, 0u, places.a, asRead0(slice.pixels.a, norm));
    storePixel(lane, 1u, places.b, asRead0(slice.pixels.b, norm));
    storePixel(lane, 2u, places.c, asRead0(slice.pixels.c, norm));
    storeWeights(lane, slice.weights);
    workgroupBarrier();
    if (PREFETCH && c + 1u < slab.blocks0) {
      slice = Slice(loadPixels0(places, c + 1u), loadWeights(lane, first + (c + 1u) * blockStep));
    }
    multiply(lane, r, octet);
    workgroupBarrier();
  }
}

/** Adds the products of the second source. */
fn sum1(lane: u32, tileRow: Row, column: u32, chunk: u32, r: u32, octet: u32) {
  let places = Places(
    placeOf1(lane, tileRow, column),
    placeOf1(lane + GROUP, tileRow, column),
    placeOf1(lane + 2u * GROUP, tileRow, column),
  );
  let first = weightsFrom(lane, chunk, slab.blocks0);
  let blockStep = WEIGHT_ROWS * slab.weightBlocks;
  var slice: Slice;
  if (PREFETCH) {
    slice = Slice(loadPixels1(places, 0u), loadWeights(lane, first));
  }
  for (var c = 0u; c < slab.blocks1; c++) {
    if (!PREFETCH) {
      slice = Slice(loadPixels1(places, c), loadWeights(lane, first + c * blockStep));
    }
    let norm = normOf1(c);
    storePixel(lane, 0u, places.a, asRead1(slice.pixels.a, norm));
    storePixel(lane, 1u, places.b, asRead1(slice.pixels.b, norm));
    storePixel(lane, 2u, places.c, asRead1(slice.pixels.c, norm));
    storeWeights(lane, slice.weights);
    workgroupBarrier();
    if (PREFETCH && c + 1u < slab.blocks1) {
      slice = Slice(loadPixels1(places, c + 1u), loadWeights(lane, first + (c + 1u) * blockStep));
    }
    multiply(lane, r, octet);
    workgroupBarrier();
  }
}

/** The place of pixel i of the halo in the first source. */
fn placeOf0(i: u32, tileRow: Row, column: u32) -> Place {
  let line = lineOf(tileRow, i / HALO_COLUMNS, 0u, slab.height, slab.width);
  let x = column + i % HALO_COLUMNS - 1u;
  let inside = i < HALO && line != NOWHERE && x < slab.width;
  return Place(select(0u, (line + x) * slab.blocks0 - slab.x0, inside), inside);
}

/** The place of pixel i of the halo in the second source, in its own frame. */
fn placeOf1(i: u32, tileRow: Row, column: u32) -> Place {
  let line = lineOf(tileRow, i / HALO_COLUMNS, slab.top1, slab.height1, slab.width1);
  let x = column + i % HALO_COLUMNS - 1u - slab.left1;
  let inside = i < HALO && line != NOWHERE && x < slab.width1;
  return Place(select(0u, (line + x) * slab.blocks1 - slab.x1, inside), inside);
}

/** An invocation's pixels of block c of the first source. */
fn loadPixels0(places: Places, c: u32) -> SlicePixels {
  var loaded: SlicePixels;
  loaded.a = loadX0(places.a.at + c);
  if (HALO > GROUP) {
    loaded.b = loadX0(places.b.at + c);
  }
  if (HALO > 2u * GROUP) {
    loaded.c = loadX0(places.c.at + c);
  }
  return loaded;
}

/** An invocation's pixels of block c of the second source. */
fn loadPixels1(places: Places, c: u32) -> SlicePixels {
  var loaded: SlicePixels;
  loaded.a = loadX1(places.a.at + c);
  if (HALO > GROUP) {
    loaded.b = loadX1(places.b.at + c);
  }
  if (HALO > 2u * GROUP) {
    loaded.c = loadX1(places.c.at + c);
  }
  return loaded;
}

/** The first of an invocation's weights from an input block to the chunk. */
fn weightsFrom(lane: u32, chunk: u32, block: u32) -> u32 {
  let row = (slab.firstIn + block) * WEIGHT_ROWS + lane / CHUNK;
  return row * slab.weightBlocks + slab.firstOut + chunk + lane % CHUNK;
}

/** An invocation's weights of a slice, the first of which lies at `at`. */
fn loadWeights(lane: u32, at: u32) -> SliceWeights {
  return SliceWeights(
    loadWeight(lane, 0u, at),
    loadWeight(lane, 1u, at),
    loadWeight(lane, 2u, at),
    loadWeight(lane, 3u, at),
    loadWeight(lane, 4u, at),
    loadWeight(lane, 5u, at),
    loadWeight(lane, 6u, at),
    loadWeight(lane, 7u, at),
    loadWeight(lane, 8u, at),
  );
}

/** Neighbouring invocations load neighbouring vectors of a row of weights. */
fn loadWeight(lane: u32, k: u32, at: u32) -> vec4f {
  if (!takes(lane, k, WEIGHTS)) {
    return vec4f();
  }
  return weight[at + k * ROWS_AT_ONCE * slab.weightBlocks];
}

/** Whether an invocation's k-th vector is one of `count`, which all invocations take in turns. */
fn takes(lane: u32, k: u32, count: u32) -> bool {
  return k * GROUP < count && ((k + 1u) * GROUP <= count || k * GROUP + lane < count);
}

/** Puts an invocation's k-th pixel into workgroup memory. */
fn storePixel(lane: u32, k: u32, place: Place, value: vec4f) {
  if (takes(lane, k, HALO)) {
    let i = lane + k * GROUP;
    let x = i % HALO_COLUMNS;
    pixels[i / HALO_COLUMNS][x / 8u][x % 8u] = select(vec4f(), value, place.inside);
  }
}

/** Puts an invocation's weights into workgroup memory. */
fn storeWeights(lane: u32, loaded: SliceWeights) {
  storeWeight(lane, 0u, loaded.a);
  storeWeight(lane, 1u, loaded.b);
  storeWeight(lane, 2u, loaded.c);
  storeWeight(lane, 3u, loaded.d);
  storeWeight(lane, 4u, loaded.e);
  storeWeight(lane, 5u, loaded.f);
  storeWeight(lane, 6u, loaded.g);
  storeWeight(lane, 7u, loaded.h);
  storeWeight(lane, 8u, loaded.i);
}

fn storeWeight(lane: u32, k: u32, value: vec4f) {
  if (takes(lane, k, WEIGHTS)) {
    let row = lane / CHUNK + k * ROWS_AT_ONCE;
    weights[row / 12u][row % 12u][lane % CHUNK] = value;
  }
}

/** Adds the products of an invocation's 8 pixels and its blocks to the accumulators. */
fn multiply(lane: u32, r: u32, octet: u32) {
  let block0 = lane % LANE_COLUMNS;
  for (var ky = 0u; ky < 3u; ky++) {
    let v = Row10(
      pixels[r + ky][octet][0],
      pixels[r + ky][octet][1],
      pixels[r + ky][octet][2],
      pixels[r + ky][octet][3],
      pixels[r + ky][octet][4],
      pixels[r + ky][octet][5],
      pixels[r + ky][octet][6],
      pixels[r + ky][octet][7],
      pixels[r + ky][octet + 1u][0],
      pixels[r + ky][octet + 1u][1],
    );
    p0 = taps(ky, block0, v, p0);
    if (LANE_BLOCKS > 1u) {
      p1 = taps(ky, block0 + LANE_COLUMNS, v, p1);
    }
  }
}

/** Adds the products of one kernel row and one output block. */
fn taps(ky: u32, block: u32, v: Row10, sum: Row8) -> Row8 {
  let w0 = mat4x4f(
    weights[ky][0][block],
    weights[ky][1][block],
    weights[ky][2][block],
    weights[ky][3][block],
  );
  let w1 = mat4x4f(
    weights[ky][4][block],
    weights[ky][5][block],
    weights[ky][6][block],
    weights[ky][7][block],
  );
  let w2 = mat4x4f(
    weights[ky][8][block],
    weights[ky][9][block],
    weights[ky][10][block],
    weights[ky][11][block],
  );
  return products(w2, right(v), products(w1, middle(v), products(w0, left(v), sum)));
}

/** Merges the moments of a block over `rowsPerPartial` rows and writes them. */
fn writeMoments(lane: u32, columns: u32, to: u32, v: Row8) {
  let moments = momentsOf(columns, v);
  putVector(2u * lane, moments.mean);
  putVector(2u * lane + 1u, moments.squares);
  workgroupBarrier();
  if (lane / ROW_LANES % slab.rowsPerPartial == 0u) {
    var sum = Moments(vec4f(), vec4f(), 0f);
    for (var k = 0u; k < slab.rowsPerPartial; k++) {
      let next = 2u * (lane + k * ROW_LANES);
      sum = merged(sum, Moments(vectorAt(next), vectorAt(next + 1u), f32(columns)));
    }
    storeOther(to, sum.mean);
    storeOther(to + slab.outBlocks, sum.squares);
  }
}

/** Vector i of the weights' workgroup memory, whatever its dimensions. */
fn vectorAt(i: u32) -> vec4f {
  return weights[i / (12u * CHUNK)][i / CHUNK % 12u][i % CHUNK];
}

fn putVector(i: u32, value: vec4f) {
  weights[i / (12u * CHUNK)][i / CHUNK % 12u][i % CHUNK] = value;
}
