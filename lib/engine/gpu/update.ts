/**
 * Hosts the optimisers' kernels, which are named after their rules (kernels_wgsl/adam.wgsl).
 * @module
 */
import type { Update } from "../../plan/steps.ts";
import { type Constant, constantName, type Context, type Dispatch } from "./context.ts";
import { VECTOR_BYTES } from "./layout.ts";

export function update({ rule, entries, rate, hyper }: Update, context: Context): Dispatch[] {
  const [rates] = context.workspace(VECTOR_BYTES);
  const given = context.place(rate);
  const common = { kernel: rule, constants: constantsOf(hyper) };
  const slotCount = Object.keys(entries[0].slots).length;
  return [
    {
      ...common,
      entry: "prepare",
      bindings: [given, rates, ...new Array<undefined>(2 + slotCount).fill(undefined)],
      slab: [0],
      invocations: 1,
      cost: 100,
    },
    ...entries.map(({ parameter, gradient, slots }): Dispatch => {
      const arrays = [parameter, gradient, ...Object.values(slots)];
      const places = arrays.map((name) => context.place(name));
      const vectors = places[0].bytes / VECTOR_BYTES;
      return {
        ...common,
        entry: "update",
        bindings: [given, rates, ...places],
        slab: [vectors],
        invocations: vectors,
        cost: vectors * 60,
      };
    }),
  ];
}

/** Each constant X, 1 - X and log X, computed in double precision: a GPU would lose digits. */
function constantsOf(hyper: Update["hyper"]): Record<string, Constant> {
  const constants: Record<string, Constant> = {};
  for (const [name, value] of Object.entries(hyper)) {
    const key = constantName(name);
    constants[key] = { float: value };
    constants[`ONE_MINUS_${key}`] = { float: 1 - value };
    if (value > 0) constants[`LOG_${key}`] = { float: Math.log(value) };
  }
  return constants;
}
