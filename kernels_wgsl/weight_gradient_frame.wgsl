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
@group(0) @binding(1) var<storage, read_write> x: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> norm: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> dy: array<vec4f>;
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
