// Batch norm: merges the moments that a convolution wrote into the norm that its readers apply.
//
//   value = (x - mean) * scale + shift
//   scale = gamma * rstd,   shift = beta,   rstd = 1 / sqrt(var + EPSILON)
//
// Moments are merged (moments.wgsl) in a fixed order, in two rounds: `gather` merges the partials
// of each group, `merge` merges the groups. An invocation computes one block of four channels.

struct Slab {
  blocks: u32,
  rows: u32,
  width: u32,
  rowsPerPartial: u32,
  columnsPerPartial: u32,
  partialsPerGroup: u32,
  groups: u32,
}

@group(0) @binding(0) var<uniform> slab: Slab;
@group(0) @binding(1) var<storage, read_write> moments: array<vec4f>; // [partial][mean, M2][block]
// [group][mean, M2, count][block]
@group(0) @binding(2) var<storage, read_write> gathered: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> gamma: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> beta: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> runningMean: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> runningVar: array<vec4f>;
// [mean, rstd, scale, shift][block]
@group(0) @binding(7) var<storage, read_write> norm: array<vec4f>;

/** Pixels of a partial. Partials at the right and lower edge may have fewer. */
fn pixelsOf(partial: u32) -> f32 {
  let spans = (slab.width + slab.columnsPerPartial - 1u) / slab.columnsPerPartial;
  let row = partial / spans * slab.rowsPerPartial;
  let column = partial % spans * slab.columnsPerPartial;
  let rows = min(slab.rowsPerPartial, slab.rows - row);
  return f32(rows * min(slab.columnsPerPartial, slab.width - column));
}

/** Merges the partials of a group. */
@compute @workgroup_size(GROUP)
fn gather(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = invocation(id, groups);
  let block = index % slab.blocks;
  let group = index / slab.blocks;
  if (group >= slab.groups) {
    return;
  }
  let spans = (slab.width + slab.columnsPerPartial - 1u) / slab.columnsPerPartial;
  let partialCount = (slab.rows + slab.rowsPerPartial - 1u) / slab.rowsPerPartial * spans;
  let first = group * slab.partialsPerGroup;
  let end = min(first + slab.partialsPerGroup, partialCount);
  var sum = partialOf(first, block);
  for (var partial = first + 1u; partial < end; partial++) {
    sum = merged(sum, partialOf(partial, block));
  }
  let at = group * 3u * slab.blocks + block;
  gathered[at] = sum.mean;
  gathered[at + slab.blocks] = sum.squares;
  gathered[at + 2u * slab.blocks] = vec4f(sum.count);
}

fn partialOf(partial: u32, block: u32) -> Moments {
  let at = partial * 2u * slab.blocks + block;
  return Moments(moments[at], moments[at + slab.blocks], pixelsOf(partial));
}

/** Merges the groups, moves the running statistics and writes the norm. */
@compute @workgroup_size(GROUP)
fn merge(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let block = invocation(id, groups);
  if (block >= slab.blocks) {
    return;
  }
  var sum = groupOf(0u, block);
  for (var group = 1u; group < slab.groups; group++) {
    sum = merged(sum, groupOf(group, block));
  }
  runningMean[block] = moved(runningMean[block], sum.mean);
  runningVar[block] = moved(runningVar[block], sum.squares / (sum.count - 1f));
  writeNorm(block, sum.mean, sum.squares / sum.count);
}

fn groupOf(group: u32, block: u32) -> Moments {
  let at = group * 3u * slab.blocks + block;
  return Moments(gathered[at], gathered[at + slab.blocks], gathered[at + 2u * slab.blocks].x);
}

fn moved(running: vec4f, value: vec4f) -> vec4f {
  return running * (1f - MOMENTUM) + value * MOMENTUM;
}

/** Computes the norm from the running statistics. */
@compute @workgroup_size(GROUP)
fn evaluate(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let block = invocation(id, groups);
  if (block < slab.blocks) {
    writeNorm(block, runningMean[block], runningVar[block]);
  }
}

fn writeNorm(block: u32, mean: vec4f, variance: vec4f) {
  let rstd = 1f / sqrt(variance + EPSILON);
  norm[block] = mean;
  norm[slab.blocks + block] = rstd;
  norm[2u * slab.blocks + block] = gamma[block] * rstd;
  norm[3u * slab.blocks + block] = beta[block];
}
