// 1x1 convolution between maps:
//
//   out[n, y, x, o] = bias[o] + sum over i of weight[o, i] * in[n, y, x, i]
//
// Its sources, targets and passes are those of the 3x3 convolution (conv3x3_direct.wgsl), and so
// are the moments; weights are rows of output channels, [in block][channel][out block]. The input
// gradient is the same sum with transposed weights. An invocation computes 8 pixels of a row of one
// block, for ROWS rows one after the other. Memory limits the speed.

/** Vectors of weights from one input block to the next. */
const BLOCK_STEP = 4u * WEIGHT_BLOCKS;

@compute @workgroup_size(GROUP)
fn convolve(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = invocation(id, groups);
  let tile = index / OUT_BLOCKS;
  let strip = tile / SPANS;
  let first = strip * ROWS;
  if (first >= slab.rows) {
    return;
  }
  let block = index % OUT_BLOCKS;
  let x = tile % SPANS * 8u;
  let columns = min(8u, WIDTH - x);
  let w = FIRST_IN * BLOCK_STEP + FIRST_OUT + block;
  var start = vec4f();
  if (BIAS) {
    start = bias[block];
  }
  var moments = Moments(vec4f(), vec4f(), 0f);
  let end = min(first + ROWS, slab.rows);
  for (var k = first; k < end; k++) {
    let row = slab.firstRow + k;
    var sum = startOf(block, row, x, start);
    let line0 = lineOf(row, 1u, 0u, HEIGHT, WIDTH);
    for (var c = 0u; c < BLOCKS0; c++) {
      if (PLANE) {
        sum = products(matrixAt(w + c * BLOCK_STEP, WEIGHT_BLOCKS), planes(row, x, c), sum);
      } else {
        sum = products(matrixAt(w + c * BLOCK_STEP, WEIGHT_BLOCKS), pixels0(line0, x, c, normOf0(c)), sum);
      }
    }
    let line1 = lineOf(row, 1u, TOP1, HEIGHT1, WIDTH1);
    for (var c = 0u; c < BLOCKS1; c++) {
      sum = products(matrixAt(w + (BLOCKS0 + c) * BLOCK_STEP, WEIGHT_BLOCKS), pixels1(line1, x - LEFT1, c, normOf1(c)), sum);
    }
    if (MOMENTS) {
      moments = merged(moments, momentsOf(columns, sum));
    }
    storeRow(block, row, x, columns, sum);
  }
  if (MOMENTS) {
    let partial = ((slab.firstRow / ROWS + strip) * SPANS + x / 8u) * 2u * OUT_BLOCKS;
    other[partial + block] = moments.mean;
    other[partial + OUT_BLOCKS + block] = moments.squares;
  }
}

/** A block of 8 pixels of the first source. */
fn pixels0(line: u32, x: u32, c: u32, norm: Norm) -> Row8 {
  return Row8(
    activated0(line, x, c, norm),
    activated0(line, x + 1u, c, norm),
    activated0(line, x + 2u, c, norm),
    activated0(line, x + 3u, c, norm),
    activated0(line, x + 4u, c, norm),
    activated0(line, x + 5u, c, norm),
    activated0(line, x + 6u, c, norm),
    activated0(line, x + 7u, c, norm),
  );
}

/** A block of 8 pixels of the second source. */
fn pixels1(line: u32, x: u32, c: u32, norm: Norm) -> Row8 {
  return Row8(
    activated1(line, x, c, norm),
    activated1(line, x + 1u, c, norm),
    activated1(line, x + 2u, c, norm),
    activated1(line, x + 3u, c, norm),
    activated1(line, x + 4u, c, norm),
    activated1(line, x + 5u, c, norm),
    activated1(line, x + 6u, c, norm),
    activated1(line, x + 7u, c, norm),
  );
}

/** A block of 8 pixels of a plane [n][channel][y][x]. */
fn planes(row: u32, x: u32, c: u32) -> Row8 {
  return Row8(
    planePixel(row, x, c),
    planePixel(row, x + 1u, c),
    planePixel(row, x + 2u, c),
    planePixel(row, x + 3u, c),
    planePixel(row, x + 4u, c),
    planePixel(row, x + 5u, c),
    planePixel(row, x + 6u, c),
    planePixel(row, x + 7u, c),
  );
}

fn planePixel(row: u32, x: u32, c: u32) -> vec4f {
  var value = vec4f();
  for (var lane = 0u; lane < min(CHANNELS0, 4u); lane++) {
    let channel = c * 4u + lane;
    if (channel < CHANNELS0 && x < WIDTH) {
      let plane = row / HEIGHT * CHANNELS0 + channel;
      let at = (plane * HEIGHT + row % HEIGHT) * WIDTH + x;
      value[lane] = x0[at / 4u][at % 4u];
    }
  }
  return value;
}
