// Merges many moments (moments.wgsl) by a whole workgroup. The host puts this text before kernels
// with a function `momentsAt`.
//
// A single invocation would wait for memory once per moment. Here each lane of a workgroup merges
// the moments lane, lane + GROUP, ..., four loads in flight, and the lanes are merged as a tree.
// The order depends on the number of moments and lanes alone.

var<workgroup> laneMoments: array<Moments, GROUP>;

/** The union of the moments `first` to `first + count - 1` of a block. Lane 0 has the result. */
fn mergedByLanes(first: u32, count: u32, block: u32, lane: u32) -> Moments {
  let lanes = min(count, GROUP);
  if (lane < lanes) {
    laneMoments[lane] = laneMomentsOf(first + lane, first + count, block);
  }
  workgroupBarrier();
  for (var half = GROUP / 2u; half > 0u; half /= 2u) {
    if (lane < half && lane + half < lanes) {
      laneMoments[lane] = merged(laneMoments[lane], laneMoments[lane + half]);
    }
    workgroupBarrier();
  }
  return laneMoments[lane];
}

/** The union of the moments first, first + GROUP, ... before `end`. */
fn laneMomentsOf(first: u32, end: u32, block: u32) -> Moments {
  var sum = momentsAt(first, block);
  var at = first + GROUP;
  for (; at + 3u * GROUP < end; at += 4u * GROUP) {
    let a = momentsAt(at, block);
    let b = momentsAt(at + GROUP, block);
    let c = momentsAt(at + 2u * GROUP, block);
    let d = momentsAt(at + 3u * GROUP, block);
    sum = merged(sum, merged(merged(a, b), merged(c, d)));
  }
  for (; at < end; at += GROUP) {
    sum = merged(sum, momentsAt(at, block));
  }
  return sum;
}
