// 3x3 convolution with padding 1. The input gradient is the same sum with weights rotated by 180
// degrees (rotate180.wgsl):
//
//   out[n, y, x, o] = bias[o] + sum over i, ky, kx of
//     weight[o, i, ky, kx] * in[n, y + ky - 1, x + kx - 1, i]
//
// Tensors are [n][y][x][block of 4 channels]. Weights are rows of output channels,
// [in block][tap][channel of the block][out block]. `in` is one source, or two along the channels.
// Batch norm and ReLU are applied as a source is loaded. The second source may be smaller: it lies
// at (`top1`, `left1`) with zeros around it. The result goes to one target or two. More sources or
// targets take several passes. A pass reads the weights' blocks from `firstIn` and `firstOut` on,
// of rows of `weightBlocks`; with `adds` it adds to the result of an earlier pass.
//
// Tiling: an invocation computes 8 pixels of a row x 2 blocks of channels, in 16 vector
// accumulators, for `rowsPerPartial` rows one after the other. For each input block and kernel row
// it loads 10 pixels and 24 weight vectors and does 192 vector multiply-adds. It uses no workgroup
// memory: neighbouring invocations find each other's loads in the cache. This suits software
// adapters and shapes that do not divide into tiles. The rate of loads limits the speed. (Two rows
// at once are 10 % faster on lavapipe and take twice as long to compile.) conv3x3_tiled.wgsl is the
// variant for GPUs; both add in the order of input blocks, kernel rows, kernel columns, channels.
//
// With `hasMoments`, the mean and M2, the sum of squared distances from it, of each channel over
// `rowsPerPartial` rows x 8 pixels go to `other`, [strip][span][mean, M2][block]; batchnorm.wgsl
// merges them.

/** Vectors of weights from one tap to the next. */
fn tapStep() -> u32 {
  return 4u * slab.weightBlocks;
}

// The accumulators of the two output blocks.
var<private> p0: Row8;
var<private> p1: Row8;

@compute @workgroup_size(GROUP)
fn convolve(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = invocation(id, groups);
  let pairs = (slab.outBlocks + 1u) / 2u;
  let spans = spansOfRow();
  let tile = index / pairs;
  let strip = tile / spans;
  let first = strip * slab.rowsPerPartial;
  if (first >= slab.rows) {
    return;
  }
  let block0 = index % pairs * 2u;
  let block1 = min(block0 + 1u, slab.outBlocks - 1u);
  let x = tile % spans * 8u;
  let columns = min(8u, slab.width - x);
  let w0 = slab.firstIn * TAPS * tapStep() + slab.firstOut + block0;
  let w1 = slab.firstIn * TAPS * tapStep() + slab.firstOut + block1;
  var start0 = vec4f();
  var start1 = vec4f();
  if (slab.hasBias != 0u) {
    start0 = bias[block0];
    start1 = bias[block1];
  }
  var moments0 = Moments(vec4f(), vec4f(), 0f);
  var moments1 = moments0;
  let end = min(first + slab.rowsPerPartial, slab.rows);
  for (var k = first; k < end; k++) {
    let row = rowOf(slab.firstRow + k);
    p0 = startOf(block0, row, x, start0);
    p1 = startOf(block1, row, x, start1);
    if (PLANE) {
      plane(row, x, w0, w1);
    } else {
      source0(row, x, w0, w1);
    }
    if (SECOND) {
      source1(row, x, w0 + slab.blocks0 * TAPS * tapStep(), w1 + slab.blocks0 * TAPS * tapStep());
    }
    if (slab.hasMoments != 0u) {
      moments0 = merged(moments0, momentsOf(columns, p0));
      moments1 = merged(moments1, momentsOf(columns, p1));
    }
    storeRow(block0, row, x, columns, p0);
    if (block1 != block0) {
      storeRow(block1, row, x, columns, p1);
    }
  }
  if (slab.hasMoments != 0u) {
    let allStrips = slab.firstRow / slab.rowsPerPartial + strip;
    let partial = (allStrips * spans + x / 8u) * 2u * slab.outBlocks;
    storeOther(partial + block0, moments0.mean);
    storeOther(partial + slab.outBlocks + block0, moments0.squares);
    if (block1 != block0) {
      storeOther(partial + block1, moments1.mean);
      storeOther(partial + slab.outBlocks + block1, moments1.squares);
    }
  }
}

/** One kernel position for both output blocks, whose weights begin at w and u. */
fn tap(w: u32, u: u32, v: Row8) {
  p0 = products(matrixAt(w, slab.weightBlocks), v, p0);
  if (!SINGLE) {
    p1 = products(matrixAt(u, slab.weightBlocks), v, p1);
  }
}

/** One kernel row. */
fn taps(w: u32, u: u32, v: Row10) {
  tap(w, u, left(v));
  tap(w + tapStep(), u + tapStep(), middle(v));
  tap(w + 2u * tapStep(), u + 2u * tapStep(), right(v));
}

/** The first source: zero outside. Unsigned columns left of it wrap around and count as outside. */
fn source0(row: Row, x: u32, w0: u32, w1: u32) {
  for (var c = 0u; c < slab.blocks0; c++) {
    let norm = normOf0(c);
    for (var ky = 0u; ky < 3u; ky++) {
      let at = (c * TAPS + ky * 3u) * tapStep();
      let line = lineOf(row, ky, 0u, slab.height, slab.width);
      taps(w0 + at, w1 + at, loadRow0(line, x - 1u, c, norm));
    }
  }
}

/** The second source, in its own frame. */
fn source1(row: Row, x: u32, w0: u32, w1: u32) {
  for (var c = 0u; c < slab.blocks1; c++) {
    let norm = normOf1(c);
    for (var ky = 0u; ky < 3u; ky++) {
      let at = (c * TAPS + ky * 3u) * tapStep();
      let line = lineOf(row, ky, slab.top1, slab.height1, slab.width1);
      taps(w0 + at, w1 + at, loadRow1(line, x - 1u - slab.left1, c, norm));
    }
  }
}

fn loadRow0(line: u32, x: u32, c: u32, norm: Norm) -> Row10 {
  return Row10(
    activated0(line, x, c, norm),
    activated0(line, x + 1u, c, norm),
    activated0(line, x + 2u, c, norm),
    activated0(line, x + 3u, c, norm),
    activated0(line, x + 4u, c, norm),
    activated0(line, x + 5u, c, norm),
    activated0(line, x + 6u, c, norm),
    activated0(line, x + 7u, c, norm),
    activated0(line, x + 8u, c, norm),
    activated0(line, x + 9u, c, norm),
  );
}

fn loadRow1(line: u32, x: u32, c: u32, norm: Norm) -> Row10 {
  return Row10(
    activated1(line, x, c, norm),
    activated1(line, x + 1u, c, norm),
    activated1(line, x + 2u, c, norm),
    activated1(line, x + 3u, c, norm),
    activated1(line, x + 4u, c, norm),
    activated1(line, x + 5u, c, norm),
    activated1(line, x + 6u, c, norm),
    activated1(line, x + 7u, c, norm),
    activated1(line, x + 8u, c, norm),
    activated1(line, x + 9u, c, norm),
  );
}

/** A plane [n][channel][y][x] as the first source: each channel is multiplied as one vector. */
fn plane(row: Row, x: u32, w0: u32, w1: u32) {
  for (var c = 0u; c < CHANNELS0; c++) {
    for (var ky = 0u; ky < 3u; ky++) {
      let at = (c / 4u * TAPS + ky * 3u) * tapStep();
      taps(w0 + at, w1 + at, loadPlaneRow(row, ky, x - 1u, c));
    }
  }
}

fn loadPlaneRow(row: Row, ky: u32, x: u32, c: u32) -> Row10 {
  let y = row.y + ky - 1u;
  let at = ((row.image * CHANNELS0 + c) * slab.height + y) * slab.width;
  let line = select(NOWHERE, at, y < slab.height);
  return Row10(
    planeValue(line, x, c),
    planeValue(line, x + 1u, c),
    planeValue(line, x + 2u, c),
    planeValue(line, x + 3u, c),
    planeValue(line, x + 4u, c),
    planeValue(line, x + 5u, c),
    planeValue(line, x + 6u, c),
    planeValue(line, x + 7u, c),
    planeValue(line, x + 8u, c),
    planeValue(line, x + 9u, c),
  );
}

/** A value of a plane, in its channel's lane of a vector. */
fn planeValue(line: u32, x: u32, c: u32) -> vec4f {
  let inside = line != NOWHERE && x < slab.width;
  let at = select(0u, line + x, inside);
  let value = select(0f, elementX0(at), inside);
  return select(vec4f(), vec4f(value), vec4u(0u, 1u, 2u, 3u) == vec4u(c % 4u));
}
