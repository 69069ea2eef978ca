// Weight gradient of the 3x3 convolution, for one of its sources:
//
//   dw[o, i, ky, kx] = sum over n, y, x of dy[n, y, x, o] * in[n, y + ky - 1, x + kx - 1, i]
//
// `in` is the source, zero outside, with batch norm and ReLU applied as it is loaded. It may be
// smaller than dy's frame and lies at (top, left).
//
// Tiling (split-K): an invocation computes the 9 matrices of one input block x one output block
// over `rowsPerPartial` rows of the images, in 36 vector accumulators. It walks along a row with a
// window of 3x3 pixels, so each pixel costs three loads of the source and one of the gradient for
// 36 vector multiply-adds. reduce.wgsl adds the partials [partial][in block][tap][channel of the
// block][out block] in order. `accumulate_centre` does the same for the only tap of a 1x1
// convolution. Batch norm and ReLU are applied at every load, so constants select them.

@compute @workgroup_size(GROUP)
fn accumulate(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = invocation(id, groups);
  let o = index % slab.outBlocks;
  let i = index / slab.outBlocks % slab.blocks;
  let partial = index / (slab.outBlocks * slab.blocks);
  if (partial >= slab.partialCount) {
    return;
  }
  let blockNorm = normOf(i);
  var m0 = mat4x4f();
  var m1 = mat4x4f();
  var m2 = mat4x4f();
  var m3 = mat4x4f();
  var m4 = mat4x4f();
  var m5 = mat4x4f();
  var m6 = mat4x4f();
  var m7 = mat4x4f();
  var m8 = mat4x4f();
  let first = (slab.firstPartial + partial) * slab.rowsPerPartial;
  let end = min(first + slab.rowsPerPartial, slab.rows);
  for (var row = first; row < end; row++) {
    let n = row / slab.frameHeight;
    let sy = row % slab.frameHeight - slab.top;
    // Columns left of, at and right of the current one; rows above, at and below.
    var above0 = activatedPixel(n, sy - 1u, 0u - 1u - slab.left, i, blockNorm);
    var above1 = activatedPixel(n, sy - 1u, 0u - slab.left, i, blockNorm);
    var here0 = activatedPixel(n, sy, 0u - 1u - slab.left, i, blockNorm);
    var here1 = activatedPixel(n, sy, 0u - slab.left, i, blockNorm);
    var below0 = activatedPixel(n, sy + 1u, 0u - 1u - slab.left, i, blockNorm);
    var below1 = activatedPixel(n, sy + 1u, 0u - slab.left, i, blockNorm);
    for (var column = 0u; column < slab.frameWidth; column++) {
      let above2 = activatedPixel(n, sy - 1u, column + 1u - slab.left, i, blockNorm);
      let here2 = activatedPixel(n, sy, column + 1u - slab.left, i, blockNorm);
      let below2 = activatedPixel(n, sy + 1u, column + 1u - slab.left, i, blockNorm);
      let g = loadDy((row * slab.frameWidth + column) * slab.outBlocks + o - slab.dy);
      m0 = outer(m0, g, above0);
      m1 = outer(m1, g, above1);
      m2 = outer(m2, g, above2);
      m3 = outer(m3, g, here0);
      m4 = outer(m4, g, here1);
      m5 = outer(m5, g, here2);
      m6 = outer(m6, g, below0);
      m7 = outer(m7, g, below1);
      m8 = outer(m8, g, below2);
      above0 = above1;
      above1 = above2;
      here0 = here1;
      here1 = here2;
      below0 = below1;
      below1 = below2;
    }
  }
  let at = firstVector(slab.firstPartial + partial, i, 9u) + o;
  store(at, m0);
  store(at + tapStep(), m1);
  store(at + 2u * tapStep(), m2);
  store(at + 3u * tapStep(), m3);
  store(at + 4u * tapStep(), m4);
  store(at + 5u * tapStep(), m5);
  store(at + 6u * tapStep(), m6);
  store(at + 7u * tapStep(), m7);
  store(at + 8u * tapStep(), m8);
}

@compute @workgroup_size(GROUP)
fn accumulate_centre(
  @builtin(global_invocation_id) id: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let index = invocation(id, groups);
  let o = index % slab.outBlocks;
  let i = index / slab.outBlocks % slab.blocks;
  let partial = index / (slab.outBlocks * slab.blocks);
  if (partial >= slab.partialCount) {
    return;
  }
  let blockNorm = normOf(i);
  var m = mat4x4f();
  let first = (slab.firstPartial + partial) * slab.rowsPerPartial;
  let end = min(first + slab.rowsPerPartial, slab.rows);
  for (var row = first; row < end; row++) {
    let n = row / slab.frameHeight;
    let sy = row % slab.frameHeight - slab.top;
    for (var column = 0u; column < slab.frameWidth; column++) {
      let g = loadDy((row * slab.frameWidth + column) * slab.outBlocks + o - slab.dy);
      m = outer(m, g, activatedPixel(n, sy, column - slab.left, i, blockNorm));
    }
  }
  store(firstVector(slab.firstPartial + partial, i, 1u) + o, m);
}

/** The first vector of a partial's weights from input block i of this source. */
fn firstVector(partial: u32, i: u32, taps: u32) -> u32 {
  return (partial * slab.inBlocks + slab.firstBlock + i) * taps * tapStep() - slab.partials;
}

/**
 * A block of a pixel as the convolution read it: zero outside. Unsigned rows above and columns left
 * of the source wrap around and count as outside.
 */
fn activatedPixel(n: u32, y: u32, column: u32, block: u32, norm: Norm) -> vec4f {
  let inside = y < slab.height && column < slab.width;
  if (PLANE) {
    return planes(n, y, column, block, inside);
  }
  let at = ((n * slab.height + y) * slab.width + column) * slab.blocks + block - slab.x;
  let value = loadX(select(0u, at, inside));
  return select(vec4f(), activated(value, norm, NORM, RELU), inside);
}

/** A block of a pixel of a plane [n][channel][y][x]. */
fn planes(n: u32, y: u32, column: u32, block: u32, inside: bool) -> vec4f {
  var value = vec4f();
  for (var lane = 0u; lane < min(CHANNELS, 4u); lane++) {
    let channel = block * 4u + lane;
    if (channel < CHANNELS) {
      let row = (n * CHANNELS + channel) * slab.height + y;
      let at = select(0u, row * slab.width + column, inside);
      value[lane] = elementX(at);
    }
  }
  return select(vec4f(), value, inside);
}
