// Bindings, reading of sources and writing of targets for the kernels of the 3x3 convolution
// (conv3x3_direct.wgsl, conv3x3_tiled.wgsl, conv3x3_winograd.wgsl). The host puts this text before
// them, after row8.wgsl.

struct Slab {
  firstRow: u32, // of all images' rows, a multiple of rowsPerPartial
  rows: u32,
  x0: u32,
  x1: u32,
  out: u32,
  other: u32,
  // The frame, and the first source, which fills it.
  height: u32,
  width: u32,
  blocks0: u32,
  // The second source and its place in the frame.
  blocks1: u32,
  height1: u32,
  width1: u32,
  top1: u32,
  left1: u32,
  // Blocks of both targets and of the first; the second's place in the frame.
  outBlocks: u32,
  targetBlocks: u32,
  targetHeight: u32,
  targetWidth: u32,
  targetTop: u32,
  targetLeft: u32,
  // Blocks in a row of weights, and the first blocks that this pass reads.
  weightBlocks: u32,
  firstIn: u32,
  firstOut: u32,
  // 1 or 0: what is applied to the sources and to the result, and what else is written.
  hasNorm0: u32,
  hasRelu0: u32,
  hasNorm1: u32,
  hasRelu1: u32,
  hasBias: u32,
  hasRelu: u32,
  hasMoments: u32,
  adds: u32,
  rowsPerPartial: u32, // of moments
}

@group(0) @binding(0) var<uniform> slab: Slab;
@group(0) @binding(1) var<storage, read_write> x0: array<StoredX0>;
@group(0) @binding(2) var<storage, read_write> norm0: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> x1: array<StoredX1>;
@group(0) @binding(4) var<storage, read_write> norm1: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> weight: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> bias: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> out: array<StoredOut>;
@group(0) @binding(8) var<storage, read_write> other: array<StoredOther>;

/** Taps of the kernel. */
const TAPS = 9u;

/** The line of a row that lies outside its source. */
const NOWHERE = 0xffffffffu;

/** A row of the frame: its number among all images' rows, its image, its place in the image. */
struct Row {
  number: u32,
  image: u32,
  y: u32,
}

/** The row with a number. It takes a division, so kernels ask for it outside of inner loops. */
fn rowOf(number: u32) -> Row {
  return Row(number, number / slab.height, number % slab.height);
}

/** The row of the same image so many rows below. */
fn below(row: Row, rows: u32) -> Row {
  return Row(row.number + rows, row.image, row.y + rows);
}

/** Spans of 8 pixels in a row. */
fn spansOfRow() -> u32 {
  return (slab.width + 7u) / 8u;
}

/** The first pixel of the source's row under kernel row ky. */
fn lineOf(row: Row, ky: u32, top: u32, height: u32, width: u32) -> u32 {
  let y = row.y + ky - 1u - top;
  return select(NOWHERE, (row.image * height + y) * width, y < height);
}

/** The norm of a block of the first source; zeros without one. */
fn normOf0(c: u32) -> Norm {
  if (hasNorm0()) {
    return Norm(norm0[c], norm0[2u * slab.blocks0 + c], norm0[3u * slab.blocks0 + c]);
  }
  return Norm(vec4f(), vec4f(), vec4f());
}

/** The norm of a block of the second source; zeros without one. */
fn normOf1(c: u32) -> Norm {
  if (hasNorm1()) {
    return Norm(norm1[c], norm1[2u * slab.blocks1 + c], norm1[3u * slab.blocks1 + c]);
  }
  return Norm(vec4f(), vec4f(), vec4f());
}

/** A stored value of the first source after batch norm and ReLU. */
fn asRead0(value: vec4f, norm: Norm) -> vec4f {
  return activated(value, norm, hasNorm0(), hasRelu0());
}

/** A stored value of the second source after batch norm and ReLU. */
fn asRead1(value: vec4f, norm: Norm) -> vec4f {
  return activated(value, norm, hasNorm1(), hasRelu1());
}

/** A block of a pixel of the first source as the convolution reads it: zero outside. */
fn activated0(line: u32, x: u32, c: u32, norm: Norm) -> vec4f {
  let inside = line != NOWHERE && x < slab.width;
  let value = loadX0(select(0u, (line + x) * slab.blocks0 + c - slab.x0, inside));
  return select(vec4f(), asRead0(value, norm), inside);
}

/** A block of a pixel of the second source as the convolution reads it: zero outside. */
fn activated1(line: u32, x: u32, c: u32, norm: Norm) -> vec4f {
  let inside = line != NOWHERE && x < slab.width1;
  let value = loadX1(select(0u, (line + x) * slab.blocks1 + c - slab.x1, inside));
  return select(vec4f(), asRead1(value, norm), inside);
}

/** Initial value of the accumulators of 8 pixels: `start`, or the result of an earlier pass. */
fn startOf(block: u32, row: Row, x: u32, start: vec4f) -> Row8 {
  if (slab.adds == 0u) {
    return filled(start);
  }
  return Row8(
    stored(block, row, x),
    stored(block, row, x + 1u),
    stored(block, row, x + 2u),
    stored(block, row, x + 3u),
    stored(block, row, x + 4u),
    stored(block, row, x + 5u),
    stored(block, row, x + 6u),
    stored(block, row, x + 7u),
  );
}

/**
 * A pixel's block in the first target. Past the row's end it is the last pixel's: the result is not
 * stored there.
 */
fn stored(block: u32, row: Row, x: u32) -> vec4f {
  let pixel = row.number * slab.width + min(x, slab.width - 1u);
  return loadOut(pixel * slab.targetBlocks + block - slab.out);
}

/** Stores a block of up to 8 pixels. */
fn storeRow(block: u32, row: Row, x: u32, count: u32, v: Row8) {
  store(block, row, x, v.a);
  if (count > 1u) {
    store(block, row, x + 1u, v.b);
  }
  if (count > 2u) {
    store(block, row, x + 2u, v.c);
  }
  if (count > 3u) {
    store(block, row, x + 3u, v.d);
  }
  if (count > 4u) {
    store(block, row, x + 4u, v.e);
  }
  if (count > 5u) {
    store(block, row, x + 5u, v.f);
  }
  if (count > 6u) {
    store(block, row, x + 6u, v.g);
  }
  if (count > 7u) {
    store(block, row, x + 7u, v.h);
  }
}

/** Stores a pixel's block in the target that holds it. */
fn store(block: u32, row: Row, x: u32, value: vec4f) {
  var result = value;
  if (slab.hasRelu != 0u) {
    result = rectified(value);
  }
  if (block < slab.targetBlocks) {
    storeOut((row.number * slab.width + x) * slab.targetBlocks + block - slab.out, result);
    return;
  }
  // The second target is a window of the frame.
  let ty = row.y - slab.targetTop;
  let tx = x - slab.targetLeft;
  if (ty < slab.targetHeight && tx < slab.targetWidth) {
    let pixel = (row.image * slab.targetHeight + ty) * slab.targetWidth + tx;
    let blocks = slab.outBlocks - slab.targetBlocks;
    storeOther(pixel * blocks + block - slab.targetBlocks - slab.other, result);
  }
}
