// Rotates the weights of a convolution by 180 degrees, for its input gradient: taps in reverse
// order, input and output channels exchanged. Rows of output channels,
// [in block][tap][channel of the block][out block], become rows of input channels,
// [out block][taps - 1 - tap][channel of the block][in block].
//
// An invocation moves the weights from one input block to one output block at one tap, a 4x4 matrix
// that it transposes. A workgroup takes TILE x TILE of them: TILE neighbouring invocations read
// neighbouring vectors of a row, and those TILE lanes apart write neighbouring vectors of a row.

struct Slab {
  outBlocks: u32,
  inBlocks: u32,
  taps: u32,
}

@group(0) @binding(0) var<uniform> slab: Slab;
@group(0) @binding(1) var<storage, read_write> weight: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> flippedWeights: array<vec4f>;

@compute @workgroup_size(GROUP)
fn rotate180(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = invocation(id, groups);
  let outTiles = (slab.outBlocks + TILE - 1u) / TILE;
  let inTiles = (slab.inBlocks + TILE - 1u) / TILE;
  let lane = index % (TILE * TILE);
  let tile = index / (TILE * TILE);
  let o = tile % outTiles * TILE + lane % TILE;
  let i = tile / outTiles % inTiles * TILE + lane / TILE;
  let tap = tile / (outTiles * inTiles);
  if (o >= slab.outBlocks || i >= slab.inBlocks || tap >= slab.taps) {
    return;
  }
  let readAt = (i * slab.taps + tap) * 4u * slab.outBlocks + o;
  let m = transpose(matrixAt(readAt, slab.outBlocks));
  let writeAt = (o * slab.taps + slab.taps - 1u - tap) * 4u * slab.inBlocks + i;
  flippedWeights[writeAt] = m[0];
  flippedWeights[writeAt + slab.inBlocks] = m[1];
  flippedWeights[writeAt + 2u * slab.inBlocks] = m[2];
  flippedWeights[writeAt + 3u * slab.inBlocks] = m[3];
}
