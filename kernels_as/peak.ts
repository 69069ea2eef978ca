// The peak: the most 128-bit fused multiply-adds per second of the machine.
//
// A core that starts two of them per cycle with a latency of four cycles needs eight independent
// chains; the loop has twelve. It neither reads nor writes memory. `profile` compares the speed of
// each kernel with this.

import { fma } from "./fma";

/**
 * Does `rounds` rounds of 12 x 4 fused multiply-adds. The sum goes to out[task], so that the
 * compiler cannot drop any. The factor is an argument because a constant would be loaded in every
 * round.
 */
export function peak(task: i32, scratch: usize, out: usize, rounds: i32, factor: f32): void {
  const x = f32x4.splat(f32(task));
  const w = f32x4.splat(factor);
  let c0 = f32x4.splat(0), c1 = f32x4.splat(1), c2 = f32x4.splat(2), c3 = f32x4.splat(3);
  let c4 = f32x4.splat(4), c5 = f32x4.splat(5), c6 = f32x4.splat(6), c7 = f32x4.splat(7);
  let c8 = f32x4.splat(8), c9 = f32x4.splat(9), c10 = f32x4.splat(10), c11 = f32x4.splat(11);
  for (let i = 0; i < rounds; i++) {
    c0 = fma.madd(x, w, c0);
    c1 = fma.madd(x, w, c1);
    c2 = fma.madd(x, w, c2);
    c3 = fma.madd(x, w, c3);
    c4 = fma.madd(x, w, c4);
    c5 = fma.madd(x, w, c5);
    c6 = fma.madd(x, w, c6);
    c7 = fma.madd(x, w, c7);
    c8 = fma.madd(x, w, c8);
    c9 = fma.madd(x, w, c9);
    c10 = fma.madd(x, w, c10);
    c11 = fma.madd(x, w, c11);
  }
  c0 = f32x4.add(f32x4.add(f32x4.add(c0, c1), f32x4.add(c2, c3)), f32x4.add(c4, c5));
  c6 = f32x4.add(f32x4.add(f32x4.add(c6, c7), f32x4.add(c8, c9)), f32x4.add(c10, c11));
  v128.store(out + <usize> task * 16, f32x4.add(c0, c6));
}
