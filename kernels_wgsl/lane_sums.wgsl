// Sums of many partials by whole workgroups. The host puts this text before kernels with an array
// `partials`.
//
// A single invocation would wait for memory once per partial. Here each lane of a workgroup adds
// the partials lane, lane + GROUP, ..., four loads in flight, and the lanes' sums are added as a
// tree. The order depends on the number of partials and lanes alone.

var<workgroup> laneSums: array<vec4f, GROUP>;

/** The sum of partials[first + k * stride] for k from 0 to count - 1, in every lane. */
fn sumOfPartials(first: u32, stride: u32, count: u32, lane: u32) -> vec4f {
  var sum = vec4f();
  var k = lane;
  for (; k + 3u * GROUP < count; k += 4u * GROUP) {
    let at = first + k * stride;
    let step = GROUP * stride;
    let a = partials[at];
    let b = partials[at + step];
    let c = partials[at + 2u * step];
    let d = partials[at + 3u * step];
    sum += (a + b) + (c + d);
  }
  for (; k < count; k += GROUP) {
    sum += partials[first + k * stride];
  }
  laneSums[lane] = sum;
  workgroupBarrier();
  for (var half = GROUP / 2u; half > 0u; half /= 2u) {
    if (lane < half) {
      laneSums[lane] += laneSums[lane + half];
    }
    workgroupBarrier();
  }
  let total = laneSums[0];
  // The next call overwrites the sums.
  workgroupBarrier();
  return total;
}
