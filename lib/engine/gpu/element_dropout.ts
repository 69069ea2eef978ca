/** Hosts kernels_wgsl/element_dropout.wgsl. @module */
import type { ElementDropout } from "../../plan/steps.ts";
import { leastWord } from "../../plan/steps/forward_steps.ts";
import { type Context, type Dispatch, reading } from "./context.ts";
import { dispatch } from "./dispatch.ts";
import { blocksOf } from "./layout.ts";
import { mapSlabs } from "./slabs.ts";

export function elementDropout(
  { source, words, p, out }: ElementDropout,
  context: Context,
): Dispatch[] {
  const [, channels, height, width] = context.shape(out);
  const constants = { LEAST: leastWord(p), KEPT: { float: 1 / (1 - p) } };
  const shape = { blocks: blocksOf(channels), pixels: height * width, ...reading(source) };
  return mapSlabs(context, out, 300).map(({ first, count, cost, windowOf }) => {
    const [from, to] = [source.tensor, out].map(windowOf);
    return dispatch("element_dropout", {
      entry: "multiply",
      constants,
      bindings: {
        x: from.place,
        norm: context.placeIf(source.norm),
        words: context.place(words),
        out: to.place,
      },
      slab: { first, count, x: from.base, out: to.base, ...shape },
      invocations: count,
      cost,
    });
  });
}
