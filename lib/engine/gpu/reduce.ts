/** Hosts kernels_wgsl/reduce.wgsl. @module */
import { aligned, type Region } from "../../plan/memory_plan.ts";
import { OFFSET_ALIGNMENT } from "./adapter.ts";
import { type Context, type Dispatch, windowOf } from "./context.ts";
import { dispatch } from "./dispatch.ts";
import { VECTOR_BYTES } from "./layout.ts";
import { slabsOf } from "./slabs.ts";

/** Fewer partials than this are added in one round. */
const MANY_PARTIALS = 64;

/** The most vectors of the first round's sums. */
const MOST_LANE_VECTORS = 2048;

/**
 * Bytes of a region for {@linkcode sumPartials}: the partials, and behind them the sums of its
 * first round.
 */
export function partialBytes(bytes: number, partialCount: number): number {
  const lanes = lanesOf(bytes / VECTOR_BYTES, partialCount);
  if (lanes === 1) return bytes * partialCount;
  return aligned(bytes * partialCount, OFFSET_ALIGNMENT) + bytes * lanes;
}

/**
 * Adds `partialCount` contiguous partials of `out`'s size. The size of their region is that of
 * {@linkcode partialBytes}.
 *
 * For many small partials there would be few invocations. A first round then takes every `lanes` of
 * them as one long partial, for `lanes` times as many invocations, and a second round adds the
 * `lanes` sums. The rounds follow from the shape alone.
 */
export function sumPartials(
  context: Context,
  out: Region,
  partials: Region,
  partialCount: number,
): Dispatch[] {
  const vectors = out.bytes / VECTOR_BYTES;
  const bytes = out.bytes * partialCount;
  const given = { at: partials.at, bytes };
  const lanes = lanesOf(vectors, partialCount);
  if (lanes === 1) return round(context, out, given);
  if (partials.bytes < partialBytes(out.bytes, partialCount)) {
    throw new Error("the partials' region has no room for the first round's sums");
  }
  const sums = {
    at: partials.at + aligned(bytes, OFFSET_ALIGNMENT),
    bytes: out.bytes * lanes,
  };
  return [...round(context, sums, given), ...round(context, out, sums)];
}

/** The number of sums of the first round, or 1 where a single round does. */
function lanesOf(vectors: number, partialCount: number): number {
  if (partialCount < MANY_PARTIALS) return 1;
  const most = Math.floor(MOST_LANE_VECTORS / vectors);
  return Math.max(1, Math.min(Math.ceil(Math.sqrt(partialCount)), most));
}

/** Adds partials of `out`'s size, the last of which may be shorter. */
function round(context: Context, out: Region, partials: Region): Dispatch[] {
  const vectors = out.bytes / VECTOR_BYTES;
  const total = partials.bytes / VECTOR_BYTES;
  const partialCount = Math.ceil(total / vectors);
  const work = { units: partialCount, unitBytes: out.bytes, cost: total * 8 };
  return slabsOf(context, work).map(({ first, count }) => {
    const end = Math.min((first + count) * vectors, total);
    const view = windowOf(partials, first * vectors, end);
    return dispatch("reduce", {
      entry: "reduce",
      constants: {},
      bindings: { partials: view.place, out },
      slab: { vectors, firstPartial: first, partialCount: count, partials: view.base, total },
      invocations: vectors,
      cost: (end - first * vectors) * 8,
    });
  });
}
