// Weights of a 3x3 convolution as conv3x3_winograd.wgsl multiplies them, made once a step. Each
// kernel row g of three taps becomes six components:
//
//   U0 = g0,  U5 = g2
//   U1, U2 = NA (g0 + a^2 g2 +- a g1)
//   U3, U4 = NB (g0 + b^2 g2 +- b g1)
//
// From [in block][tap][channel][out block] to [in block][kernel row][channel][component][out
// block], vectors of four output channels. `rotates` prepares the input gradient: there taps are
// in reverse order, and the roles of input and output channels are exchanged, so it reads the
// blocks transposed. An invocation transforms one kernel row from one block to one block.

struct Slab {
  fromBlocks: u32,
  toBlocks: u32,
  rotates: u32,
}

@group(0) @binding(0) var<uniform> slab: Slab;
@group(0) @binding(1) var<storage, read_write> weight: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> transformed: array<vec4f>;

@compute @workgroup_size(GROUP)
fn transform_weights(
  @builtin(global_invocation_id) id: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let index = invocation(id, groups);
  let to = index % slab.toBlocks;
  let row = index / slab.toBlocks;
  let source = row / 3u;
  if (source >= slab.fromBlocks) {
    return;
  }
  var first = row * 12u * slab.toBlocks + to;
  var tap = 4u * slab.toBlocks;
  var step = slab.toBlocks;
  if (slab.rotates != 0u) {
    // The last tap of the opposite kernel row, and backwards from it.
    first = (to * 9u + 8u - row % 3u * 3u) * 4u * slab.fromBlocks + source;
    tap = 0u - 4u * slab.fromBlocks;
    step = slab.fromBlocks;
  }
  var g0 = matrixAt(first, step);
  var g1 = matrixAt(first + tap, step);
  var g2 = matrixAt(first + 2u * tap, step);
  if (slab.rotates != 0u) {
    g0 = transpose(g0);
    g1 = transpose(g1);
    g2 = transpose(g2);
  }
  transform(row * 24u * slab.toBlocks + to, g0, g1, g2);
}

/** Stores the components of a kernel row from vector `at` on. */
fn transform(at: u32, g0: mat4x4f, g1: mat4x4f, g2: mat4x4f) {
  let channel = 6u * slab.toBlocks;
  components(at, g0[0], g1[0], g2[0]);
  components(at + channel, g0[1], g1[1], g2[1]);
  components(at + 2u * channel, g0[2], g1[2], g2[2]);
  components(at + 3u * channel, g0[3], g1[3], g2[3]);
}

fn components(at: u32, g0: vec4f, g1: vec4f, g2: vec4f) {
  let evenA = NA * fma(g2, vec4f(A2), g0);
  let evenB = NB * fma(g2, vec4f(B2), g0);
  transformed[at] = g0;
  transformed[at + slab.toBlocks] = fma(g1, vec4f(NA * A), evenA);
  transformed[at + 2u * slab.toBlocks] = fma(g1, vec4f(-NA * A), evenA);
  transformed[at + 3u * slab.toBlocks] = fma(g1, vec4f(NB * B), evenB);
  transformed[at + 4u * slab.toBlocks] = fma(g1, vec4f(-NB * B), evenB);
  transformed[at + 5u * slab.toBlocks] = g2;
}
