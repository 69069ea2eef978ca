/** Hosts kernels_wgsl/gate.wgsl. @module */
import type { Gate, GateGradient } from "../../plan/steps.ts";
import { constantReading, type Context, type Dispatch } from "./context.ts";
import { dispatch } from "./dispatch.ts";
import { blocksOf } from "./layout.ts";
import { mapSlabs } from "./slabs.ts";

export function gate(step: Gate, context: Context): Dispatch[] {
  return passes(step, { y: step.out }, context);
}

export function gateGradient(step: GateGradient, context: Context): Dispatch[] {
  const { gradient: y, sourceGradient: dx, gateGradient: dg } = step;
  return passes(step, { y, dx, dg }, context);
}

/** The result, or its gradient with those that are computed from it. */
interface Results {
  readonly y: string;
  readonly dx?: string;
  readonly dg?: string;
}

function passes(
  { kind, source, gate }: Gate | GateGradient,
  results: Results,
  context: Context,
): Dispatch[] {
  const blocks = blocksOf(context.shape(source.tensor)[1]);
  return mapSlabs(context, source.tensor, 60).map(({ first, count, cost, windowOf }) => {
    const windowIf = (name: string | undefined) => name === undefined ? undefined : windowOf(name);
    const [x, g] = [windowOf(source.tensor), windowOf(gate.tensor)];
    const [y, dx, dg] = [windowOf(results.y), windowIf(results.dx), windowIf(results.dg)];
    const pixels = count / blocks;
    return dispatch("gate", {
      entry: kind === "gate" ? "multiply" : "gradient",
      constants: {
        ...constantReading(source),
        BLOCKS: blocks,
        GATE_NORM: gate.norm !== undefined,
        GATE_RELU: gate.relu ?? false,
      },
      bindings: {
        x: x.place,
        norm: context.placeIf(source.norm),
        g: g.place,
        gateNorm: context.placeIf(gate.norm),
        y: y.place,
        dx: dx?.place,
        dg: dg?.place,
      },
      slab: {
        pixels,
        first: first / blocks,
        x: x.base,
        g: g.base,
        y: y.base,
        dx: dx?.base ?? 0,
        dg: dg?.base ?? 0,
      },
      invocations: kind === "gate" ? count : pixels,
      cost,
    });
  });
}
