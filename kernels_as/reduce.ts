// Adds partials, always in the order of the tasks. So the bits of a sum depend neither on the
// number of threads nor on their speed. Memory limits the speed.

/** Floats of one task of sumPartials. */
export const SUM_CHUNK: i32 = 4096;

/**
 * out[i] = partials[0][i] + partials[1][i] + ... for one chunk of i; `count` is a multiple of 4.
 */
export function sumPartials(
  task: i32,
  _scratch: usize,
  out: usize,
  partials: usize,
  partialBytes: usize,
  partialCount: i32,
  count: i32,
): void {
  const first = task * SUM_CHUNK;
  const last = min(first + SUM_CHUNK, count);
  for (let i = first; i < last; i += 4) {
    const offset = <usize> i * 4;
    let sum = v128.load(partials + offset);
    let partial = partials + partialBytes + offset;
    for (let p = 1; p < partialCount; p++) {
      sum = f32x4.add(sum, v128.load(partial));
      partial += partialBytes;
    }
    v128.store(out + offset, sum);
  }
}

/**
 * Pixels of a run that is summed in float32. Longer sums add runs in double precision, which costs
 * no time. In runs of 128 the gradients of biases, which cancel, were up to 1.9 times as far from
 * float64 as PyTorch's, which sums in double precision.
 */
export const RUN: i32 = 32;

/** The lower two of four floats in double precision; promoteHigh() takes the upper two. */
// @inline
export function promoteLow(sums: v128): v128 {
  return f64x2.promote_low_f32x4(sums);
}

// @inline
export function promoteHigh(sums: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<f64>(sums, sums, 1, 1));
}

/** Four floats from two pairs of doubles. */
// @inline
export function demote(low: v128, high: v128): v128 {
  const lower = f32x4.demote_f64x2_zero(low);
  const upper = f32x4.demote_f64x2_zero(high);
  return v128.shuffle<f64>(lower, upper, 0, 2);
}
