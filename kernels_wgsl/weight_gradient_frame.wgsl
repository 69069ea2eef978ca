// Bindings of the weight gradients of convolutions, and the storing of their partials, which are
// rows [partial][in block][tap][channel of the block][out block]. The host puts this text before
// those kernels, after single_source.wgsl.

struct Slab {
  firstPartial: u32,
  partialCount: u32,
  rows: u32, // of all images
  x: u32,
  dy: u32,
  partials: u32,
  blocks: u32,
  outBlocks: u32,
  rowsPerPartial: u32,
  frameHeight: u32,
  frameWidth: u32,
  height: u32,
  width: u32,
  top: u32,
  left: u32,
  inBlocks: u32, // of all sources
  firstBlock: u32, // of the source
  hasNorm: u32,
  hasRelu: u32,
}

@group(0) @binding(0) var<uniform> slab: Slab;
@group(0) @binding(1) var<storage, read_write> x: array<StoredX>;
@group(0) @binding(2) var<storage, read_write> norm: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> dy: array<StoredDy>;
@group(0) @binding(4) var<storage, read_write> partials: array<vec4f>;

/** Vectors of weights from one tap to the next. */
fn tapStep() -> u32 {
  return 4u * slab.outBlocks;
}

/** Stores the matrix of a tap, a row of output channels for each of four input channels. */
fn store(at: u32, m: mat4x4f) {
  partials[at] = m[0];
  partials[at + slab.outBlocks] = m[1];
  partials[at + 2u * slab.outBlocks] = m[2];
  partials[at + 3u * slab.outBlocks] = m[3];
}

/** The slice that a kernel adds in one turn: its image, its first row and its first column. */
struct Slice {
  image: u32,
  y: u32, // the row in its image
  row: u32, // the row of all images
  column: u32,
}

/**
 * The slice after another of so many rows and columns: beside it, or at the left of the next rows.
 * It needs no division.
 */
fn after(slice: Slice, rows: u32, columns: u32) -> Slice {
  if (slice.column + columns < slab.frameWidth) {
    return Slice(slice.image, slice.y, slice.row, slice.column + columns);
  }
  let last = slice.y + rows == slab.frameHeight;
  return Slice(
    select(slice.image, slice.image + 1u, last),
    select(slice.y + rows, 0u, last),
    slice.row + rows,
    0u,
  );
}
