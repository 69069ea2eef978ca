// The end of conv3x3_winograd.wgsl: from the components of tiles to outputs and their moments. The
// host puts this text after that kernel's, whose accumulators and memory it reads.
//
// The six components of a tile are with six invocations, which leave them in the place of the
// weights: two rows of every tile at a time where there are four tiles, otherwise one, so that
// eight slots of CHUNK invocations each transform four outputs and store them.
//
// With `hasMoments`, the mean and M2, the sum of squared distances from it, of each channel over 8
// rows x 16 columns go to `other`, [strip][16 columns][mean, M2][block]. All sets that are merged
// have equally many values: their mean is the mean of means, and the order is the same in all
// variants.

/** Tiles of all strips, four or eight. */
const PLACES = TILES * STRIPS;
/** Whether the memory holds the components of two rows of all tiles. */
const BY_TWO = PLACES == 4u;
/** Invocations of so many times CHUNK store outputs. */
const SLOTS = 8u;

const A3 = 8f / 27f;
const B3 = 27f / 8f;

// The means of the rows of a tile that an invocation has stored, even rows first, and the sums of
// squared distances from them for even and odd rows.
var<private> means: array<vec4f, 8>;
var<private> squares: array<vec4f, 2>;

/** The first row, column and block of a workgroup's outputs. */
struct Corner {
  row: Row,
  column: u32,
  block: u32,
}

/** Stores the outputs of all invocations, each of which has a component of 8 rows x 2 blocks. */
fn finish(lane: u32, place: u32, k: u32, b: u32, to: Corner) {
  finishRows(lane, place, k, b, to, 0u, p0.a, p0.b, p1.a, p1.b);
  finishRows(lane, place, k, b, to, 2u, p0.c, p0.d, p1.c, p1.d);
  finishRows(lane, place, k, b, to, 4u, p0.e, p0.f, p1.e, p1.f);
  finishRows(lane, place, k, b, to, 6u, p0.g, p0.h, p1.g, p1.h);
  if (slab.hasMoments != 0u) {
    let slot = lane / CHUNK;
    if (slot < SLOTS) {
      if (BY_TWO) {
        keepMoments(slot % PLACES, slot / PLACES, lane % CHUNK, 0u);
      } else {
        keepMoments(slot, 0u, lane % CHUNK, 0u);
        keepMoments(slot, 1u, lane % CHUNK, 1u);
      }
    }
    workgroupBarrier();
    if (lane < PLACES / 4u * CHUNK) {
      writeMoments(lane / CHUNK, lane % CHUNK, to);
    }
  }
}

/**
 * Gathers the components of rows r and r + 1 of every strip, and stores the outputs. Each
 * invocation brings its component of both rows and blocks.
 */
fn finishRows(
  lane: u32,
  place: u32,
  k: u32,
  b: u32,
  to: Corner,
  r: u32,
  first0: vec4f,
  second0: vec4f,
  first1: vec4f,
  second1: vec4f,
) {
  weights[place][k][b] = first0;
  weights[place][k][b + PAIRS] = first1;
  if (BY_TWO) {
    weights[place + 4u][k][b] = second0;
    weights[place + 4u][k][b + PAIRS] = second1;
  }
  workgroupBarrier();
  storeTile(lane, to, r, r / 2u, 0u);
  workgroupBarrier();
  if (!BY_TWO) {
    weights[place][k][b] = second0;
    weights[place][k][b + PAIRS] = second1;
    workgroupBarrier();
    storeTile(lane, to, r + 1u, 4u + r / 2u, 1u);
    workgroupBarrier();
  }
}

/**
 * Transforms four outputs, A' m, and stores them: row r of a strip, or the row after it in the
 * second half of the slots. Mean and squares go to `means[mean]` and `squares[sum]`.
 */
fn storeTile(lane: u32, to: Corner, r: u32, mean: u32, sum: u32) {
  let slot = lane / CHUNK;
  if (slot >= SLOTS) {
    return;
  }
  let b = lane % CHUNK;
  let even1 = weights[slot][1][b] + weights[slot][2][b];
  let odd1 = weights[slot][1][b] - weights[slot][2][b];
  let even2 = weights[slot][3][b] + weights[slot][4][b];
  let odd2 = weights[slot][3][b] - weights[slot][4][b];
  let y0 = weights[slot][0][b] + (even1 + even2);
  let y1 = fma(odd2, vec4f(B), odd1 * A);
  let y2 = fma(even2, vec4f(B2), even1 * A2);
  let y3 = fma(odd1, vec4f(A3), fma(odd2, vec4f(B3), weights[slot][5][b]));
  let place = slot % PLACES;
  let row = below(to.row, 8u * (place / TILES) + r + slot / PLACES);
  let x = to.column + 4u * (place % TILES);
  let block = to.block + b;
  let v0 = y0 + startAt(block, row, x);
  let v1 = y1 + startAt(block, row, x + 1u);
  let v2 = y2 + startAt(block, row, x + 2u);
  let v3 = y3 + startAt(block, row, x + 3u);
  if (slab.hasMoments != 0u) {
    means[mean] = meanOf(v0, v1, v2, v3);
    squares[sum] += squaresOf(means[mean], v0, v1, v2, v3);
  }
  store(block, row, x, v0);
  store(block, row, x + 1u, v1);
  store(block, row, x + 2u, v2);
  store(block, row, x + 3u, v3);
}

/** What an output is added to: the bias, or the result of an earlier pass. */
fn startAt(block: u32, row: Row, x: u32) -> vec4f {
  if (slab.adds != 0u) {
    return stored(block, row, x);
  }
  if (slab.hasBias != 0u) {
    return bias[block];
  }
  return vec4f();
}

fn meanOf(a: vec4f, b: vec4f, c: vec4f, d: vec4f) -> vec4f {
  return 0.25f * ((a + b) + (c + d));
}

/** The sum of the squared distances of four values from `mean`. */
fn squaresOf(mean: vec4f, a: vec4f, b: vec4f, c: vec4f, d: vec4f) -> vec4f {
  let first = fma(b - mean, b - mean, square(a - mean));
  return fma(d - mean, d - mean, fma(c - mean, c - mean, first));
}

/** Leaves the moments of a tile's even or odd rows, 4 x 4 pixels, for `writeMoments`. */
fn keepMoments(place: u32, odd: u32, b: u32, sum: u32) {
  let a = 4u * sum;
  let mean = meanOf(means[a], means[a + 1u], means[a + 2u], means[a + 3u]);
  let between = squaresOf(mean, means[a], means[a + 1u], means[a + 2u], means[a + 3u]);
  weights[place][2u * odd][b] = mean;
  weights[place][2u * odd + 1u][b] = fma(between, vec4f(4f), squares[sum]);
}

/** Merges the moments of eight rows of four tiles and writes them. */
fn writeMoments(piece: u32, b: u32, to: Corner) {
  let t = 4u * piece;
  let even0 = weights[t][0][b];
  let even1 = weights[t + 1u][0][b];
  let even2 = weights[t + 2u][0][b];
  let even3 = weights[t + 3u][0][b];
  let odd0 = weights[t][2][b];
  let odd1 = weights[t + 1u][2][b];
  let odd2 = weights[t + 2u][2][b];
  let odd3 = weights[t + 3u][2][b];
  let mean = 0.5f * (meanOf(even0, even1, even2, even3) + meanOf(odd0, odd1, odd2, odd3));
  let between = squaresOf(mean, even0, even1, even2, even3) +
    squaresOf(mean, odd0, odd1, odd2, odd3);
  let within0 = weights[t][1][b] + weights[t][3][b];
  let within1 = weights[t + 1u][1][b] + weights[t + 1u][3][b];
  let within2 = weights[t + 2u][1][b] + weights[t + 2u][3][b];
  let within3 = weights[t + 3u][1][b] + weights[t + 3u][3][b];
  let within = (within0 + within1) + (within2 + within3);
  let row = to.row.number / 8u + piece / (TILES / 4u);
  let column = to.column / 16u + piece % (TILES / 4u);
  let at = (row * (slab.width / 16u) + column) * 2u * slab.outBlocks + to.block + b;
  storeOther(at, mean);
  storeOther(at + slab.outBlocks, fma(between, vec4f(16f), within));
}
