/** Hosts kernels_as/reduce.ts. @module */
import type { Job } from "./machine.ts";

/** SUM_CHUNK of the kernel. */
const CHUNK = 4096;

/** Adds `count` copies of `bytes` bytes of floats, in order; nothing to do for a single one, which is in place. */
export function sumParts(out: number, parts: number, bytes: number, count: number): Job[] {
  if (count === 1) return [];
  const floats = bytes / 4;
  return [{
    kernel: "sumParts",
    pieces: Math.ceil(floats / CHUNK),
    args: [out, parts, bytes, count, floats],
  }];
}
