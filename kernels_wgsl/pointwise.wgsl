// 1x1 convolution between maps:
//
//   out[n, y, x, o] = bias[o] + sum over i of weight[o, i] * in[n, y, x, i]
//
// Its sources, targets and passes are those of the 3x3 convolution (conv3x3_direct.wgsl), and so
// are the moments; weights are rows of output channels, [in block][channel][out block]. The input
// gradient is the same sum with transposed weights. An invocation computes 8 pixels of a row of one
// block, for `rowsPerPartial` rows one after the other. Memory limits the speed.

@compute @workgroup_size(GROUP)
fn convolve(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = invocation(id, groups);
  let tile = index / slab.outBlocks;
  let spans = spansOfRow();
  let strip = tile / spans;
  let first = strip * slab.rowsPerPartial;
  if (first >= slab.rows) {
    return;
  }
  let block = index % slab.outBlocks;
  let x = tile % spans * 8u;
  let columns = min(8u, slab.width - x);
  // Vectors of weights from one input block to the next.
  let blockStep = 4u * slab.weightBlocks;
  let w = slab.firstIn * blockStep + slab.firstOut + block;
  var start = vec4f();
  if (slab.hasBias != 0u) {
    start = bias[block];
  }
  var moments = Moments(vec4f(), vec4f(), 0f);
  let end = min(first + slab.rowsPerPartial, slab.rows);
  for (var k = first; k < end; k++) {
    let row = rowOf(slab.firstRow + k);
    var sum = startOf(block, row, x, start);
    let line0 = lineOf(row, 1u, 0u, slab.height, slab.width);
    for (var c = 0u; c < slab.blocks0; c++) {
      let m = matrixAt(w + c * blockStep, slab.weightBlocks);
      if (PLANE) {
        sum = products(m, planes(row, x, c), sum);
      } else {
        sum = products(m, pixels0(line0, x, c, normOf0(c)), sum);
      }
    }
    if (SECOND) {
      let line1 = lineOf(row, 1u, slab.top1, slab.height1, slab.width1);
      for (var c = 0u; c < slab.blocks1; c++) {
        let m = matrixAt(w + (slab.blocks0 + c) * blockStep, slab.weightBlocks);
        sum = products(m, pixels1(line1, x - slab.left1, c, normOf1(c)), sum);
      }
    }
    if (slab.hasMoments != 0u) {
      moments = merged(moments, momentsOf(columns, sum));
    }
    storeRow(block, row, x, columns, sum);
  }
  if (slab.hasMoments != 0u) {
    let allStrips = slab.firstRow / slab.rowsPerPartial + strip;
    let partial = (allStrips * spans + x / 8u) * 2u * slab.outBlocks;
    storeOther(partial + block, moments.mean);
    storeOther(partial + slab.outBlocks + block, moments.squares);
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
fn planes(row: Row, x: u32, c: u32) -> Row8 {
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

fn planePixel(row: Row, x: u32, c: u32) -> vec4f {
  var value = vec4f();
  for (var lane = 0u; lane < min(CHANNELS0, 4u); lane++) {
    let channel = c * 4u + lane;
    if (channel < CHANNELS0 && x < slab.width) {
      let plane = row.image * CHANNELS0 + channel;
      let at = (plane * slab.height + row.y) * slab.width + x;
      value[lane] = elementX0(at);
    }
  }
  return value;
}
