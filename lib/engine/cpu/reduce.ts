/** Hosts kernels_as/reduce.ts. @module */
import { SUM_CHUNK } from "../../../kernels_as/build/kernels.ts";
import { type Job, job } from "./job.ts";

/** Adds partials of `bytes` bytes of floats, in order. A single partial already lies at `out`. */
export function sumPartials(
  out: number,
  partials: number,
  bytes: number,
  partialCount: number,
): Job[] {
  if (partialCount === 1) return [];
  const count = bytes / 4;
  const tasks = Math.ceil(count / SUM_CHUNK);
  return [job("sumPartials", tasks, { out, partials, partialBytes: bytes, partialCount, count })];
}
