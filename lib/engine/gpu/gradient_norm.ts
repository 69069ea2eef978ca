/** Hosts kernels_wgsl/gradient_norm.wgsl. @module */
import type { GradientNorm } from "../../plan/steps.ts";
import type { Context, Dispatch } from "./context.ts";
import { dispatch } from "./dispatch.ts";
import { VECTOR_BYTES } from "./layout.ts";
import { SUM_LANES } from "./partials.ts";

/** Vectors of a gradient that a partial sum covers. */
const PARTIAL_VECTORS = 256;

export function gradientNorm(step: GradientNorm, context: Context): Dispatch[] {
  const constants = { PARTIAL_VECTORS, LIMIT: { float: step.limit } };
  const parts = step.gradients.map((name) => {
    const place = context.place(name);
    const vectors = place.bytes / VECTOR_BYTES;
    return { place, vectors, partialCount: Math.ceil(vectors / PARTIAL_VECTORS) };
  });
  const total = parts.reduce((sum, { partialCount }) => sum + partialCount, 0);
  const [partials] = context.workspace(total * VECTOR_BYTES);
  let firstPartial = 0;
  const dispatches = parts.map(({ place, vectors, partialCount }) => {
    const squares = dispatch("gradient_norm", {
      entry: "squares",
      constants,
      bindings: { gradient: place, partials, result: undefined },
      slab: { vectors, firstPartial, partialCount },
      invocations: partialCount,
      cost: vectors * 10,
    });
    firstPartial += partialCount;
    return squares;
  });
  return [
    ...dispatches,
    dispatch("gradient_norm", {
      entry: "total",
      constants,
      bindings: { gradient: undefined, partials, result: context.place(step.result) },
      slab: { vectors: 0, firstPartial: 0, partialCount: total },
      group: SUM_LANES,
      invocations: SUM_LANES,
      cost: total * 4,
    }),
  ];
}
