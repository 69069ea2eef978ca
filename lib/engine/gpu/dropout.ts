/** Hosts kernels_wgsl/dropout.wgsl. @module */
import { floatBits } from "../../core/wasm.ts";
import type { Dropout, ElementDropout } from "../../plan/steps.ts";
import { leastWord } from "../../plan/steps/forward_steps.ts";
import { type Context, type Dispatch, reading } from "./context.ts";
import { dispatch } from "./dispatch.ts";
import { blocksOf } from "./layout.ts";
import { mapSlabs } from "./slabs.ts";

/** FLOP of an invocation. */
const COST = { channels: 40, elements: 300 };

export function dropout(step: Dropout, context: Context): Dispatch[] {
  return multiply("channels", step, { drawn: step.factors, least: 0, kept: 1 }, context);
}

export function elementDropout(step: ElementDropout, context: Context): Dispatch[] {
  const { words, p } = step;
  const kept = 1 / (1 - p);
  return multiply("elements", step, { drawn: words, least: leastWord(p), kept }, context);
}

/** The dispatches of either. `drawn` is a tensor; `kept` is the factor of what is kept. */
function multiply(
  entry: "channels" | "elements",
  { source, out }: Pick<Dropout, "source" | "out">,
  { drawn, least, kept }: { drawn: string; least: number; kept: number },
  context: Context,
): Dispatch[] {
  const [, channels, height, width] = context.shape(out);
  const shape = { blocks: blocksOf(channels), pixels: height * width, ...reading(source) };
  return mapSlabs(context, out, COST[entry]).map(({ first, count, cost, windowOf }) => {
    const [from, to] = [source.tensor, out].map(windowOf);
    return dispatch("dropout", {
      entry,
      constants: {},
      bindings: {
        x: from.place,
        norm: context.placeIf(source.norm),
        drawn: context.place(drawn),
        out: to.place,
      },
      slab: { first, count, x: from.base, out: to.base, ...shape, least, kept: floatBits(kept) },
      invocations: count,
      cost,
    });
  });
}
