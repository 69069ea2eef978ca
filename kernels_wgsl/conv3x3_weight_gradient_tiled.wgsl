// Weight gradient of the 3x3 convolution through workgroup memory, for GPUs. Every sum adds the
// same pixels in the same order as in conv3x3_weight_gradient.wgsl, so the bits are equal. It
// serves maps whose width divides into slices and sources and gradients that divide into chunks of
// blocks; lib/engine/gpu/variants.ts lists the sizes.
//
// Tiling (split-K): a workgroup computes CHUNK_IN input blocks x CHUNK_OUT output blocks over
// `rowsPerPartial` rows of the images; by default 4 x 16, with 192 invocations. An invocation
// computes the three taps of a kernel row from one input block to EACH output blocks (1 or 2): 48
// accumulators for one. Two share each vector of the source, but with their 96 accumulators few
// workgroups run side by side. The workgroup takes slice after slice, of 16 pixels of a row. It
// brings the slice of the gradient and three rows of the source with their border (batch norm and
// ReLU applied once) into workgroup memory: 7.4 KiB. From there an invocation needs one vector of
// the source and EACH of the gradient for 12 x EACH vector multiply-adds, as the window of three
// pixels moves on by renaming. The sixteen pixels are written out, so that every index but the
// invocation's own is a constant.
//
// With AHEAD the vectors of the next slice are under way while this one is multiplied: faster where
// few invocations run side by side and registers are left. With two BUFFERS one barrier a slice is
// enough: the next slice goes where nobody reads, and whoever writes there has passed the barrier
// that all reach after they have read the slice before.

/** Pixels of a slice, and columns of the source with a border left and right. */
const PIXELS = 16u;
const COLUMNS = PIXELS + 2u;
/** Invocations that share an input block and a kernel row. */
const OUT_LANES = CHUNK_OUT / EACH;
/** From the first output block of an invocation to its second; 0 where it has one. */
const SECOND = CHUNK_OUT - OUT_LANES;
/** Vectors of a slice, and how many of them an invocation brings. */
const SOURCE_VECTORS = 3u * COLUMNS * CHUNK_IN;
const GRADIENT_VECTORS = PIXELS * CHUNK_OUT;
const SOURCE_TURNS = (SOURCE_VECTORS + GROUP - 1u) / GROUP;
const GRADIENT_TURNS = (GRADIENT_VECTORS + GROUP - 1u) / GROUP;

var<workgroup> xs: array<array<array<array<vec4f, CHUNK_IN>, COLUMNS>, 3>, BUFFERS>;
var<workgroup> ds: array<array<array<vec4f, CHUNK_OUT>, PIXELS>, BUFFERS>;

// The matrices of the three taps, to the first and to the second output block.
var<private> a0: mat4x4f;
var<private> a1: mat4x4f;
var<private> a2: mat4x4f;
var<private> b0: mat4x4f;
var<private> b1: mat4x4f;
var<private> b2: mat4x4f;

// Vectors of a slice on their way to workgroup memory, as they are stored.
var<private> s0: vec4f;
var<private> s1: vec4f;
var<private> s2: vec4f;
var<private> s3: vec4f;
var<private> s4: vec4f;
var<private> g0: vec4f;
var<private> g1: vec4f;
var<private> g2: vec4f;

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
  // Output blocks x input blocks x kernel rows.
  let o = lane % OUT_LANES;
  let i = lane / OUT_LANES % CHUNK_IN;
  let ky = lane / (OUT_LANES * CHUNK_IN);
  // Of the block that this invocation brings: GROUP is a multiple of CHUNK_IN.
  let blockNorm = normOf(tile.firstIn + lane % CHUNK_IN);
  let first = (slab.firstPartial + partial) * slab.rowsPerPartial;
  let rows = min(first + slab.rowsPerPartial, slab.rows) - first;
  let slices = rows * (slab.frameWidth / PIXELS);
  var slice = Slice(first / slab.frameHeight, first % slab.frameHeight, first, 0u);
  if (AHEAD) {
    fetch(lane, tile, slice);
  }
  for (var s = 1u; s <= slices; s++) {
    let buffer = s % BUFFERS;
    if (!AHEAD) {
      fetch(lane, tile, slice);
    }
    put(lane, blockNorm, slice, buffer);
    workgroupBarrier();
    if (s < slices) {
      slice = after(slice, 1u, PIXELS);
    }
    if (AHEAD) {
      fetch(lane, tile, slice);
    }
    multiply(buffer, ky, i, o);
    if (BUFFERS == 1u) {
      workgroupBarrier();
    }
  }
  let block = (slab.firstPartial + partial) * slab.inBlocks + slab.firstBlock + tile.firstIn + i;
  let at = (block * 9u + ky * 3u) * tapStep() + tile.firstOut + o - slab.partials;
  store(at, a0);
  store(at + tapStep(), a1);
  store(at + 2u * tapStep(), a2);
  if (EACH == 2u) {
    store(at + SECOND, b0);
    store(at + tapStep() + SECOND, b1);
    store(at + 2u * tapStep() + SECOND, b2);
  }
}

/** Loads this invocation's vectors of a slice; nothing is stored, so all are under way at once. */
fn fetch(lane: u32, tile: Tile, slice: Slice) {
  s0 = loadSource(lane, tile, slice);
  if (SOURCE_TURNS > 1u) {
    s1 = loadSource(lane + 1u * GROUP, tile, slice);
  }
  if (SOURCE_TURNS > 2u) {
    s2 = loadSource(lane + 2u * GROUP, tile, slice);
  }
  if (SOURCE_TURNS > 3u) {
    s3 = loadSource(lane + 3u * GROUP, tile, slice);
  }
  if (SOURCE_TURNS > 4u) {
    s4 = loadSource(lane + 4u * GROUP, tile, slice);
  }
  g0 = loadGradient(lane, tile, slice);
  if (GRADIENT_TURNS > 1u) {
    g1 = loadGradient(lane + 1u * GROUP, tile, slice);
  }
  if (GRADIENT_TURNS > 2u) {
    g2 = loadGradient(lane + 2u * GROUP, tile, slice);
  }
}

/** Puts the fetched vectors into workgroup memory. */
fn put(lane: u32, norm: Norm, slice: Slice, buffer: u32) {
  putSource(lane, s0, norm, slice, buffer);
  if (SOURCE_TURNS > 1u) {
    putSource(lane + 1u * GROUP, s1, norm, slice, buffer);
  }
  if (SOURCE_TURNS > 2u) {
    putSource(lane + 2u * GROUP, s2, norm, slice, buffer);
  }
  if (SOURCE_TURNS > 3u) {
    putSource(lane + 3u * GROUP, s3, norm, slice, buffer);
  }
  if (SOURCE_TURNS > 4u) {
    putSource(lane + 4u * GROUP, s4, norm, slice, buffer);
  }
  putGradient(lane, g0, buffer);
  if (GRADIENT_TURNS > 1u) {
    putGradient(lane + 1u * GROUP, g1, buffer);
  }
  if (GRADIENT_TURNS > 2u) {
    putGradient(lane + 2u * GROUP, g2, buffer);
  }
}

/**
 * Row and column in the source of element e of a slice. Unsigned rows above and columns left of the
 * source wrap around and count as outside.
 */
fn pixelOf(e: u32, slice: Slice) -> vec2u {
  let y = slice.y + e / (COLUMNS * CHUNK_IN) - 1u - slab.top;
  return vec2u(slice.column + e / CHUNK_IN % COLUMNS - 1u - slab.left, y);
}

fn isInside(pixel: vec2u) -> bool {
  return pixel.x < slab.width && pixel.y < slab.height;
}

fn loadSource(e: u32, tile: Tile, slice: Slice) -> vec4f {
  let pixel = pixelOf(e, slice);
  let line = slice.image * slab.height + pixel.y;
  let at = (line * slab.width + pixel.x) * slab.blocks + tile.firstIn + e % CHUNK_IN - slab.x;
  return loadX(select(0u, at, e < SOURCE_VECTORS && isInside(pixel)));
}

fn loadGradient(e: u32, tile: Tile, slice: Slice) -> vec4f {
  let pixel = slice.row * slab.frameWidth + slice.column + e / CHUNK_OUT;
  let at = pixel * slab.outBlocks + tile.firstOut + e % CHUNK_OUT - slab.dy;
  return loadDy(select(0u, at, e < GRADIENT_VECTORS));
}

/** Stores a vector of the source as the convolution read it: zero outside. */
fn putSource(e: u32, value: vec4f, norm: Norm, slice: Slice, buffer: u32) {
  if (e < SOURCE_VECTORS) {
    let result = select(vec4f(), asRead(value, norm), isInside(pixelOf(e, slice)));
    xs[buffer][e / (COLUMNS * CHUNK_IN)][e / CHUNK_IN % COLUMNS][e % CHUNK_IN] = result;
  }
}

fn putGradient(e: u32, value: vec4f, buffer: u32) {
  if (e < GRADIENT_VECTORS) {
    ds[buffer][e / CHUNK_OUT][e % CHUNK_OUT] = value;
  }
}

/** Adds the products of a slice, pixel by pixel. */
fn multiply(buffer: u32, ky: u32, i: u32, o: u32) {
  let v0 = xs[buffer][ky][0][i];
  let v1 = xs[buffer][ky][1][i];
  let v2 = xs[buffer][ky][2][i];
  add(v0, v1, v2, ds[buffer][0][o], ds[buffer][0][o + SECOND]);
  let v3 = xs[buffer][ky][3][i];
  add(v1, v2, v3, ds[buffer][1][o], ds[buffer][1][o + SECOND]);
  let v4 = xs[buffer][ky][4][i];
  add(v2, v3, v4, ds[buffer][2][o], ds[buffer][2][o + SECOND]);
  let v5 = xs[buffer][ky][5][i];
  add(v3, v4, v5, ds[buffer][3][o], ds[buffer][3][o + SECOND]);
  let v6 = xs[buffer][ky][6][i];
  add(v4, v5, v6, ds[buffer][4][o], ds[buffer][4][o + SECOND]);
  let v7 = xs[buffer][ky][7][i];
  add(v5, v6, v7, ds[buffer][5][o], ds[buffer][5][o + SECOND]);
  let v8 = xs[buffer][ky][8][i];
  add(v6, v7, v8, ds[buffer][6][o], ds[buffer][6][o + SECOND]);
  let v9 = xs[buffer][ky][9][i];
  add(v7, v8, v9, ds[buffer][7][o], ds[buffer][7][o + SECOND]);
  let v10 = xs[buffer][ky][10][i];
  add(v8, v9, v10, ds[buffer][8][o], ds[buffer][8][o + SECOND]);
  let v11 = xs[buffer][ky][11][i];
  add(v9, v10, v11, ds[buffer][9][o], ds[buffer][9][o + SECOND]);
  let v12 = xs[buffer][ky][12][i];
  add(v10, v11, v12, ds[buffer][10][o], ds[buffer][10][o + SECOND]);
  let v13 = xs[buffer][ky][13][i];
  add(v11, v12, v13, ds[buffer][11][o], ds[buffer][11][o + SECOND]);
  let v14 = xs[buffer][ky][14][i];
  add(v12, v13, v14, ds[buffer][12][o], ds[buffer][12][o + SECOND]);
  let v15 = xs[buffer][ky][15][i];
  add(v13, v14, v15, ds[buffer][13][o], ds[buffer][13][o + SECOND]);
  let v16 = xs[buffer][ky][16][i];
  add(v14, v15, v16, ds[buffer][14][o], ds[buffer][14][o + SECOND]);
  let v17 = xs[buffer][ky][17][i];
  add(v15, v16, v17, ds[buffer][15][o], ds[buffer][15][o + SECOND]);
}

/** Adds the products of one pixel of the gradient and three neighbours of the source. */
fn add(v0: vec4f, v1: vec4f, v2: vec4f, first: vec4f, second: vec4f) {
  a0 = outer(a0, first, v0);
  a1 = outer(a1, first, v1);
  a2 = outer(a2, first, v2);
  if (EACH == 2u) {
    b0 = outer(b0, second, v0);
    b1 = outer(b1, second, v1);
    b2 = outer(b2, second, v2);
  }
}
