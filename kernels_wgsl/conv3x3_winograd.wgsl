// 3x3 convolution by Winograd's minimal filtering along rows, F(4, 3), for GPUs. Kernel rows stay
// direct. Four outputs of a row take six products instead of twelve for each input channel and
// kernel row; winograd_points.wgsl has the interpolation points:
//
//   out = A' [ sum over input channels and kernel rows of (G g) . (B' d) ]
//
// d are the six inputs around a tile of four columns, transformed here; G g are the weights that
// conv3x3_winograd_weights.wgsl has transformed. Sources, targets, passes and moments are those of
// conv3x3_direct.wgsl, whose bits differ. It serves maps that divide into tiles of 8 rows x 16
// columns; lib/engine/gpu/conv3x3_winograd.ts chooses it by the shape.
//
// Along x, a component (one of six) of a tile is one product for each input channel and kernel row;
// along y, the rows of a component are a sliding window. An invocation therefore multiplies one
// component of one tile, for 8 rows x 2 blocks of channels: 64 accumulators, and for each input
// block 10 vectors of inputs and 24 of weights for 192 vector multiply-adds, which are worth 384 of
// the direct sum. A workgroup computes STRIPS strips of 8 rows x TILES tiles x CHUNK blocks, by
// default 16 x 16 pixels x 64 channels, with 384 invocations and 26 KiB of workgroup memory. For
// each input block, 10 x TILES invocations of a strip load six pixels each and transform them (the
// smallest workgroups in two turns), and all copy 72 x CHUNK vectors of weights. All loads, but for
// a second turn's, are issued before the first store to workgroup memory. Arithmetic limits the
// speed.
//
// At the end the components meet in the place of the weights and are transformed to outputs and
// moments (conv3x3_winograd_outputs.wgsl).

const PAIRS = CHUNK / 2u;
const COLUMNS = 4u * TILES;
/** Rows of a strip with a border. */
const LINES = 10u;
/** Invocations of a strip. */
const STRIP_LANES = 6u * TILES * PAIRS;
/** Lines of a strip that they transform at once, and whether a second turn is needed. */
const LINES_AT_ONCE = 6u * PAIRS;
const TWO_TURNS = LINES_AT_ONCE < LINES;
/** Weights of an input block: 3 kernel rows x 4 channels x 6 components. */
const ROWS_OF_WEIGHTS = 72u;
/** Rows of weights that the workgroup loads at once, 12 or 24, and channels in them. */
const ROWS_AT_ONCE = GROUP / CHUNK;
const CHANNELS_AT_ONCE = ROWS_AT_ONCE / 6u;
/** [strip][row][tile][component] */
var<workgroup> tiles: array<array<array<array<vec4f, 6>, TILES>, LINES>, STRIPS>;
/** [kernel row, channel][component][block]; at the end [row, tile][component][block]. */
var<workgroup> weights: array<array<array<vec4f, CHUNK>, 6>, 12>;

// The accumulators of the two output blocks: eight rows.
var<private> p0: Row8;
var<private> p1: Row8;

@compute @workgroup_size(GROUP)
fn convolve(
  @builtin(local_invocation_index) lane: u32,
  @builtin(workgroup_id) id: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let index = workgroupNumber(id, groups);
  let chunks = slab.outBlocks / CHUNK;
  let chunk = index % chunks * CHUNK;
  let area = index / chunks;
  let areaColumns = slab.width / COLUMNS;
  let column = area % areaColumns * COLUMNS;
  let first = area / areaColumns * 8u * STRIPS;
  if (first >= slab.rows) {
    return;
  }
  // An area lies in one image.
  let areaRow = rowOf(slab.firstRow + first);
  // Pairs of blocks x tiles x components x strips.
  let b0 = lane % PAIRS;
  let b1 = b0 + PAIRS;
  let t = lane / PAIRS % TILES;
  let k = lane / (PAIRS * TILES) % 6u;
  let strip = lane / STRIP_LANES;
  // The line that this invocation transforms.
  let line = lane % STRIP_LANES / TILES;
  let lineTile = lane % TILES;
  let stripRow = below(areaRow, 8u * strip);
  let x = column + 4u * lineTile - 1u;
  let place0 = lineOf(stripRow, line, 0u, slab.height, slab.width);
  let line0 = lineAt(place0, x, slab.blocks0, slab.x0);
  let late = line + LINES_AT_ONCE;
  // Rows of weights; a row of the workgroup's invocations takes each ROWS_AT_ONCE-th.
  let weightRow = lane / CHUNK;
  let weightBlock = lane % CHUNK;
  var w = (slab.firstIn * ROWS_OF_WEIGHTS + weightRow) * slab.weightBlocks;
  w += slab.firstOut + chunk + weightBlock;
  for (var c = 0u; c < slab.blocks0; c++) {
    let u = sixWeights(w);
    if (line < LINES) {
      transformLine(strip, line, lineTile, pixels0(line0, c));
    }
    if (TWO_TURNS && late < LINES) {
      let place = lineOf(stripRow, late, 0u, slab.height, slab.width);
      let read = pixels0(lineAt(place, x, slab.blocks0, slab.x0), c);
      transformLine(strip, late, lineTile, read);
    }
    keepWeights(weightRow, weightBlock, u);
    workgroupBarrier();
    multiply(strip, t, k, b0, b1);
    workgroupBarrier();
    w += ROWS_OF_WEIGHTS * slab.weightBlocks;
  }
  if (slab.blocks1 > 0u) {
    let place1 = lineOf(stripRow, line, slab.top1, slab.height1, slab.width1);
    let line1 = lineAt(place1, x - slab.left1, slab.blocks1, slab.x1);
    for (var c = 0u; c < slab.blocks1; c++) {
      let u = sixWeights(w);
      if (line < LINES) {
        transformLine(strip, line, lineTile, pixels1(line1, c));
      }
      if (TWO_TURNS && late < LINES) {
        let place = lineOf(stripRow, late, slab.top1, slab.height1, slab.width1);
        let read = pixels1(lineAt(place, x - slab.left1, slab.blocks1, slab.x1), c);
        transformLine(strip, late, lineTile, read);
      }
      keepWeights(weightRow, weightBlock, u);
      workgroupBarrier();
      multiply(strip, t, k, b0, b1);
      workgroupBarrier();
      w += ROWS_OF_WEIGHTS * slab.weightBlocks;
    }
  }
  finish(lane, strip * TILES + t, k, b0, Corner(areaRow, column, chunk));
}

/** A line of a source from pixel x on, which may lie before the first. */
fn lineAt(line: u32, x: u32, blocks: u32, base: u32) -> Line {
  return Line((line + x) * blocks - base, select(x, OUTSIDE, line == NOWHERE));
}

/** Six pixels of block c of the first source. */
fn pixels0(line: Line, c: u32) -> Six {
  let raw = Six(
    raw0(line, 0u, c),
    raw0(line, 1u, c),
    raw0(line, 2u, c),
    raw0(line, 3u, c),
    raw0(line, 4u, c),
    raw0(line, 5u, c),
  );
  let read = activatedSix(raw, normOf0(c), hasNorm0(), hasRelu0());
  return insideSix(read, line.x, slab.width);
}

/** Pixel i of a line, as it is stored; any pixel in place of one outside. */
fn raw0(line: Line, i: u32, c: u32) -> vec4f {
  return loadX0(select(0u, line.at + i * slab.blocks0 + c, line.x + i < slab.width));
}

/** Six pixels of block c of the second source. */
fn pixels1(line: Line, c: u32) -> Six {
  let raw = Six(
    raw1(line, 0u, c),
    raw1(line, 1u, c),
    raw1(line, 2u, c),
    raw1(line, 3u, c),
    raw1(line, 4u, c),
    raw1(line, 5u, c),
  );
  let read = activatedSix(raw, normOf1(c), hasNorm1(), hasRelu1());
  return insideSix(read, line.x, slab.width1);
}

/** Pixel i of a line, as it is stored; any pixel in place of one outside. */
fn raw1(line: Line, i: u32, c: u32) -> vec4f {
  return loadX1(select(0u, line.at + i * slab.blocks1 + c, line.x + i < slab.width1));
}

/** Stores B' d. */
fn transformLine(strip: u32, line: u32, t: u32, d: Six) {
  let v = inputComponents(d);
  tiles[strip][line][t][0] = v.a;
  tiles[strip][line][t][1] = v.b;
  tiles[strip][line][t][2] = v.c;
  tiles[strip][line][t][3] = v.d;
  tiles[strip][line][t][4] = v.e;
  tiles[strip][line][t][5] = v.f;
}

/** An invocation's share of an input block's weights: six vectors, or three in large workgroups. */
fn sixWeights(at: u32) -> Six {
  let step = ROWS_AT_ONCE * slab.weightBlocks;
  if (CHANNELS_AT_ONCE == 2u) {
    return Six(
      weight[at],
      weight[at + step],
      weight[at + 2u * step],
      weight[at + 3u * step],
      weight[at + 4u * step],
      weight[at + 5u * step],
    );
  }
  let zero = vec4f();
  return Six(weight[at], weight[at + step], weight[at + 2u * step], zero, zero, zero);
}

/** Stores an invocation's share of the weights. */
fn keepWeights(row: u32, block: u32, u: Six) {
  let channel = row / 6u;
  let k = row % 6u;
  weights[channel][k][block] = u.a;
  weights[channel + CHANNELS_AT_ONCE][k][block] = u.b;
  weights[channel + 2u * CHANNELS_AT_ONCE][k][block] = u.c;
  if (CHANNELS_AT_ONCE == 2u) {
    weights[channel + 6u][k][block] = u.d;
    weights[channel + 8u][k][block] = u.e;
    weights[channel + 10u][k][block] = u.f;
  }
}

/** Adds the products of eight rows of a component and two blocks to the accumulators. */
fn multiply(strip: u32, t: u32, k: u32, b0: u32, b1: u32) {
  let v = Row10(
    tiles[strip][0][t][k],
    tiles[strip][1][t][k],
    tiles[strip][2][t][k],
    tiles[strip][3][t][k],
    tiles[strip][4][t][k],
    tiles[strip][5][t][k],
    tiles[strip][6][t][k],
    tiles[strip][7][t][k],
    tiles[strip][8][t][k],
    tiles[strip][9][t][k],
  );
  multiplyRow(0u, k, b0, b1, left(v));
  multiplyRow(4u, k, b0, b1, middle(v));
  multiplyRow(8u, k, b0, b1, right(v));
}

/** The products of the kernel row whose first channel is `channel`. */
fn multiplyRow(channel: u32, k: u32, b0: u32, b1: u32, v: Row8) {
  p0 = products(matrixOf(channel, k, b0), v, p0);
  p1 = products(matrixOf(channel, k, b1), v, p1);
}

fn matrixOf(channel: u32, k: u32, block: u32) -> mat4x4f {
  return mat4x4f(
    weights[channel][k][block],
    weights[channel + 1u][k][block],
    weights[channel + 2u][k][block],
    weights[channel + 3u][k][block],
  );
}
