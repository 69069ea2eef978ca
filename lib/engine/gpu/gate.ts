/** Hosts kernels_wgsl/gate.wgsl. @module */
import type { Gate, GateGradient } from "../../plan/steps.ts";
import type { Context, Dispatch } from "./context.ts";
import { dispatch } from "./dispatch.ts";
import { blocksOf } from "./layout.ts";
import { rowBytes, rowWindow, slabsOf } from "./slabs.ts";

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
  const shape = context.shape(source.tensor);
  const [images, channels, height, width] = shape;
  const blocks = blocksOf(channels);
  const rows = images * height;
  const cost = rows * width * blocks * 60;
  return slabsOf(context, { units: rows, unitBytes: rowBytes(shape), cost }).map((slab) => {
    const windowOf = (name: string | undefined) =>
      name === undefined ? undefined : rowWindow(context, name, height, slab, (y) => [y, y + 1]);
    const [x, g] = [windowOf(source.tensor), windowOf(gate.tensor)];
    const [y, dx, dg] = [windowOf(results.y), windowOf(results.dx), windowOf(results.dg)];
    const pixels = slab.count * width;
    return dispatch("gate", {
      entry: kind === "gate" ? "multiply" : "gradient",
      constants: {
        BLOCKS: blocks,
        NORM: source.norm !== undefined,
        RELU: source.relu ?? false,
        GATE_NORM: gate.norm !== undefined,
        GATE_RELU: gate.relu ?? false,
      },
      bindings: {
        x: x?.place,
        norm: context.placeIf(source.norm),
        g: g?.place,
        gateNorm: context.placeIf(gate.norm),
        y: y?.place,
        dx: dx?.place,
        dg: dg?.place,
      },
      slab: {
        pixels,
        first: slab.first * width,
        x: x?.base ?? 0,
        g: g?.base ?? 0,
        y: y?.base ?? 0,
        dx: dx?.base ?? 0,
        dg: dg?.base ?? 0,
      },
      invocations: kind === "gate" ? pixels * blocks : pixels,
      cost: cost * slab.count / rows,
    });
  });
}
