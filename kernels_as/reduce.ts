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
