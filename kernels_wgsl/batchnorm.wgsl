// Batch norm: merges the moments that a convolution wrote into the norm that its readers apply.
//
//   value = (x - mean) * scale + shift
//   scale = gamma * rstd,   shift = beta,   rstd = 1 / sqrt(var + EPSILON)
//
// Moments are merged (moments.wgsl) in a fixed order. An invocation of `gather` merges a few
// partials of one block of four channels; where there are few partials, the host leaves it out
// (partialsPerGroup is 1). A workgroup of `merge` merges all groups of one block
// (lane_moments.wgsl). Both load four moments a turn, since a single load in flight would leave the
// GPU waiting.

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
  var partial = first + 1u;
  for (; partial + 4u <= end; partial += 4u) {
    let a = partialOf(partial, block);
    let b = partialOf(partial + 1u, block);
    let c = partialOf(partial + 2u, block);
    let d = partialOf(partial + 3u, block);
    sum = merged(sum, merged(merged(a, b), merged(c, d)));
  }
  for (; partial < end; partial++) {
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
fn merge(
  @builtin(workgroup_id) number: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let block = workgroupNumber(number, groups);
  if (block >= slab.blocks) {
    return;
  }
  let sum = mergedByLanes(0u, slab.groups, block, lane);
  if (lane == 0u) {
    runningMean[block] = moved(runningMean[block], sum.mean);
    runningVar[block] = moved(runningVar[block], sum.squares / (sum.count - 1f));
    writeNorm(block, sum.mean, sum.squares / sum.count);
  }
}

/** The moments of a group. */
fn momentsAt(group: u32, block: u32) -> Moments {
  if (slab.partialsPerGroup == 1u) {
    return partialOf(group, block);
  }
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
