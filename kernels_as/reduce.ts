// Adding up what pieces left behind, always in the order of the pieces: the bits of a sum depend neither on the number
// of threads nor on who was faster.

/** Floats of one piece of sumParts. */
export const SUM_CHUNK: i32 = 4096;

/** out[i] = parts[0][i] + parts[1][i] + ... for one chunk of i; `count` is a multiple of 4. */
export function sumParts(
  piece: i32,
  _scratch: usize,
  out: usize,
  parts: usize,
  partBytes: usize,
  partCount: i32,
  count: i32,
): void {
  const first = piece * SUM_CHUNK;
  const last = min(first + SUM_CHUNK, count);
  for (let i = first; i < last; i += 4) {
    const offset = <usize> i * 4;
    let sum = v128.load(parts + offset);
    let part = parts + partBytes + offset;
    for (let p = 1; p < partCount; p++) {
      sum = f32x4.add(sum, v128.load(part));
      part += partBytes;
    }
    v128.store(out + offset, sum);
  }
}

/** Pixels that are summed in float32; longer sums add such runs in double precision, which costs nothing. */
export const RUN: i32 = 128;

/** The lower and the upper two of four floats, in double precision. */
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
