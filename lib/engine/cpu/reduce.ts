/** Sums over strips, whose partials kernels_as/reduce.ts adds. @module */
import { SUM_CHUNK } from "../../../kernels_as/build/kernels.ts";
import type { Context } from "./context.ts";
import { job } from "./job.ts";
import { bytesOf } from "./layout.ts";
import { partialsOf } from "./strips.ts";

/** A tensor that is a sum over strips, and what decides how many tasks share it. */
export interface StripSum {
  readonly result: string;
  readonly strips: number;
  /** Tasks per partial. */
  readonly others: number;
  /** The most bytes of all partials. */
  readonly mostBytes: number;
  /** FLOPs of the whole step. */
  readonly flops: number;
}

/**
 * The partials of a sum: the arguments of the kernel that writes them, and the jobs that add them,
 * in order. A single partial is the result itself.
 */
export function partialSums(
  { result, strips, others, mostBytes, flops }: StripSum,
  context: Context,
) {
  const partialBytes = bytesOf(context.spec(result));
  const partialCount = partialsOf(strips, others, partialBytes, mostBytes, flops);
  const out = context.address(result);
  const partials = partialCount > 1 ? context.workspace(partialBytes * partialCount) : out;
  const given = { partials, partialBytes, partialCount };
  const count = partialBytes / 4;
  const adds = job("sumPartials", Math.ceil(count / SUM_CHUNK), { out, ...given, count });
  return { given, adding: partialCount > 1 ? [adds] : [] };
}
