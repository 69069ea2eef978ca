// Weight gradient of the 3x3 convolution by Winograd's algorithm along rows, F(3, 4), for GPUs:
// the transpose of conv3x3_winograd.wgsl. Kernel rows stay direct. For each row of the gradient and
// each kernel row, three taps of four pixels take six products instead of twelve;
// winograd_points.wgsl has the interpolation points:
//
//   dw = G' [ sum over rows and tiles of (A dy) . (B' d) ]
//
// dy are the four pixels of a tile of the gradient, d the six pixels of the source around it, zero
// outside. Source, slabs and partials are those of conv3x3_weight_gradient.wgsl, whose bits differ.
// It serves maps that divide into slices of 8 rows x 2 tiles;
// lib/engine/gpu/conv3x3_winograd_weight_gradient.ts chooses it by the shape.
//
// Tiling (split-K): a workgroup computes CHUNK_IN input blocks x CHUNK_OUT output blocks over
// `rowsPerPartial` rows of the images, a multiple of 8; by default 4 x 16, with 384 invocations. An
// invocation has one of the six components of one input block x one output block for all three
// kernel rows: 48 accumulators. It takes slice after slice. The workgroup transforms the lines of a
// slice, 10 x 2 of each input block and 8 x 2 of each output block, into workgroup memory: 31.5
// KiB. No invocation has more than one line of either. Down the rows of a tile, the kernel rows are
// a sliding window, so each row costs two vectors from that memory for 12 vector multiply-adds,
// which are worth 24 of the direct sum.
//
// With AHEAD the pixels of the next slice are under way while this one is multiplied, which takes
// more registers.
//
// At the end the components meet in the place of the gradient, one kernel row at a time, and are
// transformed to the matrices of the three taps.

const CHUNK_IN = 4u;
/** Rows of a slice, its lines of the source, with a border, its tiles, and columns of these. */
const ROWS = 8u;
const LINES = ROWS + 2u;
const TILES = 2u;
const COLUMNS = 4u * TILES;
/** Lines of tiles of a slice, each of which an invocation transforms. */
const SOURCE_LINES = LINES * TILES * CHUNK_IN;
const GRADIENT_LINES = ROWS * TILES * CHUNK_OUT;
/** The last invocations transform the gradient, so that few transform both. */
const FIRST_GRADIENT_LANE = GROUP - GRADIENT_LINES;

/** [line][tile][component][block] */
var<workgroup> xs: array<array<array<array<vec4f, CHUNK_IN>, 6>, TILES>, LINES>;
/**
 * [row][tile][component][block]; at the end, with rows and tiles as one index, [channel, input
 * block][component][block].
 */
var<workgroup> ds: array<array<array<array<vec4f, CHUNK_OUT>, 6>, TILES>, ROWS>;

// A component of the three kernel rows.
var<private> a0: mat4x4f;
var<private> a1: mat4x4f;
var<private> a2: mat4x4f;

// An invocation's six pixels of the source and four of the gradient, as they are stored.
var<private> pixels: Six;
var<private> g0: vec4f;
var<private> g1: vec4f;
var<private> g2: vec4f;
var<private> g3: vec4f;

/** The first input and output block of a workgroup. */
struct Tile {
  firstIn: u32,
  firstOut: u32,
}

@compute @workgroup_size(GROUP)
fn accumulate(
  @builtin(local_invocation_index) lane: u32,
  @builtin(workgroup_id) id: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let index = workgroupNumber(id, groups);
  let chunksIn = slab.blocks / CHUNK_IN;
  let chunksOut = slab.outBlocks / CHUNK_OUT;
  let tile = Tile(index / chunksOut % chunksIn * CHUNK_IN, index % chunksOut * CHUNK_OUT);
  let partial = index / (chunksOut * chunksIn);
  if (partial >= slab.partialCount) {
    return;
  }
  // Output blocks x input blocks x components.
  let o = lane % CHUNK_OUT;
  let i = lane / CHUNK_OUT % CHUNK_IN;
  let k = lane / (CHUNK_OUT * CHUNK_IN);
  let blockNorm = normOf(tile.firstIn + lane % CHUNK_IN);
  let first = (slab.firstPartial + partial) * slab.rowsPerPartial;
  let rows = min(first + slab.rowsPerPartial, slab.rows) - first;
  let slices = rows / ROWS * (slab.frameWidth / COLUMNS);
  var slice = Slice(first / slab.frameHeight, first % slab.frameHeight, first, 0u);
  if (AHEAD) {
    fetch(lane, tile, slice);
  }
  for (var s = 1u; s <= slices; s++) {
    if (!AHEAD) {
      fetch(lane, tile, slice);
    }
    put(lane, blockNorm, lineOf(lane, tile, slice));
    workgroupBarrier();
    if (s < slices) {
      slice = after(slice, ROWS, COLUMNS);
    }
    if (AHEAD) {
      fetch(lane, tile, slice);
    }
    multiply(0u, k, i, o);
    multiply(1u, k, i, o);
    workgroupBarrier();
  }
  let block = (slab.firstPartial + partial) * slab.inBlocks + slab.firstBlock + tile.firstIn;
  let to = block * 9u * tapStep() + tile.firstOut - slab.partials;
  finish(lane, k, i, o, a0, to);
  finish(lane, k, i, o, a1, to + 3u * tapStep());
  finish(lane, k, i, o, a2, to + 6u * tapStep());
}

/** Loads this invocation's pixels of a slice; nothing is stored, so all are under way at once. */
fn fetch(lane: u32, tile: Tile, slice: Slice) {
  if (lane < SOURCE_LINES) {
    let line = lineOf(lane, tile, slice);
    pixels = Six(
      pixel(line, 0u),
      pixel(line, 1u),
      pixel(line, 2u),
      pixel(line, 3u),
      pixel(line, 4u),
      pixel(line, 5u),
    );
  }
  if (lane >= FIRST_GRADIENT_LANE) {
    let e = lane - FIRST_GRADIENT_LANE;
    let row = slice.row + e / (CHUNK_OUT * TILES);
    let column = slice.column + e / CHUNK_OUT % TILES * 4u;
    let block = tile.firstOut + e % CHUNK_OUT;
    let at = (row * slab.frameWidth + column) * slab.outBlocks + block - slab.dy;
    g0 = loadDy(at);
    g1 = loadDy(at + slab.outBlocks);
    g2 = loadDy(at + 2u * slab.outBlocks);
    g3 = loadDy(at + 3u * slab.outBlocks);
  }
}

/**
 * The line that an invocation loads. Unsigned rows above and columns left of the source wrap around
 * and count as outside.
 */
fn lineOf(lane: u32, tile: Tile, slice: Slice) -> Line {
  let y = slice.y + lane / (CHUNK_IN * TILES) - 1u - slab.top;
  let x = slice.column + lane / CHUNK_IN % TILES * 4u - 1u - slab.left;
  let row = slice.image * slab.height + y;
  let at = (row * slab.width + x) * slab.blocks + tile.firstIn + lane % CHUNK_IN - slab.x;
  return Line(at, select(OUTSIDE, x, y < slab.height));
}

/** Pixel i of a line; any pixel in place of one outside. */
fn pixel(line: Line, i: u32) -> vec4f {
  return loadX(select(0u, line.at + i * slab.blocks, line.x + i < slab.width));
}

/** Transforms the fetched pixels and puts their components into workgroup memory. */
fn put(lane: u32, norm: Norm, line: Line) {
  if (lane < SOURCE_LINES) {
    let read = activatedSix(pixels, norm, slab.hasNorm != 0u, slab.hasRelu != 0u);
    let v = inputComponents(insideSix(read, line.x, slab.width));
    let i = lane % CHUNK_IN;
    let t = lane / CHUNK_IN % TILES;
    let l = lane / (CHUNK_IN * TILES);
    xs[l][t][0][i] = v.a;
    xs[l][t][1][i] = v.b;
    xs[l][t][2][i] = v.c;
    xs[l][t][3][i] = v.d;
    xs[l][t][4][i] = v.e;
    xs[l][t][5][i] = v.f;
  }
  if (lane >= FIRST_GRADIENT_LANE) {
    putGradient(lane - FIRST_GRADIENT_LANE);
  }
}

/** Stores A dy of element e of a slice of the gradient. */
fn putGradient(e: u32) {
  let o = e % CHUNK_OUT;
  let t = e / CHUNK_OUT % TILES;
  let r = e / (CHUNK_OUT * TILES);
  let evenA = fma(g2, vec4f(A2), g0);
  let oddA = fma(g3, vec4f(A2), g1);
  let evenB = fma(g2, vec4f(B2), g0);
  let oddB = fma(g3, vec4f(B2), g1);
  ds[r][t][0][o] = g0;
  ds[r][t][1][o] = fma(oddA, vec4f(A), evenA);
  ds[r][t][2][o] = fma(oddA, vec4f(-A), evenA);
  ds[r][t][3][o] = fma(oddB, vec4f(B), evenB);
  ds[r][t][4][o] = fma(oddB, vec4f(-B), evenB);
  ds[r][t][5][o] = g3;
}

/** Adds the products of component k of tile t, row by row. */
fn multiply(t: u32, k: u32, i: u32, o: u32) {
  let v0 = xs[0][t][k][i];
  let v1 = xs[1][t][k][i];
  let v2 = xs[2][t][k][i];
  add(v0, v1, v2, ds[0][t][k][o]);
  let v3 = xs[3][t][k][i];
  add(v1, v2, v3, ds[1][t][k][o]);
  let v4 = xs[4][t][k][i];
  add(v2, v3, v4, ds[2][t][k][o]);
  let v5 = xs[5][t][k][i];
  add(v3, v4, v5, ds[3][t][k][o]);
  let v6 = xs[6][t][k][i];
  add(v4, v5, v6, ds[4][t][k][o]);
  let v7 = xs[7][t][k][i];
  add(v5, v6, v7, ds[5][t][k][o]);
  let v8 = xs[8][t][k][i];
  add(v6, v7, v8, ds[6][t][k][o]);
  let v9 = xs[9][t][k][i];
  add(v7, v8, v9, ds[7][t][k][o]);
}

/** Adds the products of a row of the gradient and three lines of the source. */
fn add(v0: vec4f, v1: vec4f, v2: vec4f, g: vec4f) {
  a0 = outer(a0, g, v0);
  a1 = outer(a1, g, v1);
  a2 = outer(a2, g, v2);
}

/**
 * Gathers the components of a kernel row, of which each invocation brings one, and stores G' m, the
 * matrices of its taps, from vector `to` on.
 */
fn finish(lane: u32, k: u32, i: u32, o: u32, m: mat4x4f, to: u32) {
  // Four channels of four input blocks fill the memory.
  ds[i / TILES][i % TILES][k][o] = m[0];
  ds[2u + i / TILES][i % TILES][k][o] = m[1];
  ds[4u + i / TILES][i % TILES][k][o] = m[2];
  ds[6u + i / TILES][i % TILES][k][o] = m[3];
  workgroupBarrier();
  if (lane < GRADIENT_LINES) {
    let b = lane % CHUNK_OUT;
    let t = lane / CHUNK_OUT % TILES;
    let r = lane / (CHUNK_OUT * TILES);
    let evenA = NA * (ds[r][t][1][b] + ds[r][t][2][b]);
    let oddA = NA * (ds[r][t][1][b] - ds[r][t][2][b]);
    let evenB = NB * (ds[r][t][3][b] + ds[r][t][4][b]);
    let oddB = NB * (ds[r][t][3][b] - ds[r][t][4][b]);
    let place = TILES * r + t;
    let channel = place / CHUNK_IN;
    let at = to + place % CHUNK_IN * 9u * tapStep() + channel * slab.outBlocks + b;
    partials[at] = ds[r][t][0][b] + (evenA + evenB);
    partials[at + tapStep()] = fma(oddB, vec4f(B), oddA * A);
    partials[at + 2u * tapStep()] = fma(evenA, vec4f(A2), fma(evenB, vec4f(B2), ds[r][t][5][b]));
  }
  workgroupBarrier();
}
