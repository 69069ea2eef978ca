/** Hosts the optimisers' kernels (kernels_wgsl/adam.wgsl, sgd.wgsl). @module */
import type { OptimizerName } from "../../plan/optimizers.ts";
import type { Update } from "../../plan/steps.ts";
import { type Constant, constantName, type Context, type Dispatch } from "./context.ts";
import type { KernelName } from "./kernels.ts";
import { VECTOR_BYTES } from "./layout.ts";

/** The kernel of each rule. */
const KERNEL_OF: Readonly<Record<OptimizerName, KernelName>> = {
  adam: "adam",
  adamw: "adam",
  sgd: "sgd",
};

export function update(step: Update, context: Context): Dispatch[] {
  const { rule, entries, hyper } = step;
  const [rates] = context.workspace(VECTOR_BYTES);
  const given = context.place(step.rate);
  const clip = context.placeIf(step.clip);
  const constants = { ...constantsOf(hyper), CLIP: step.clip !== undefined };
  const common = { kernel: KERNEL_OF[rule], constants };
  const slotCount = Object.keys(entries[0].slots).length;
  return [
    {
      ...common,
      entry: "prepare",
      bindings: [given, rates, ...new Array<undefined>(3 + slotCount).fill(undefined)],
      slab: [0, 0],
      invocations: 1,
      cost: 100,
    },
    ...entries.map(({ parameter, gradient, slots, decays = false }): Dispatch => {
      const arrays = [parameter, gradient, ...Object.values(slots)];
      const places = arrays.map((name) => context.place(name));
      const vectors = places[0].bytes / VECTOR_BYTES;
      return {
        ...common,
        entry: "update",
        bindings: [given, rates, clip, ...places],
        slab: [vectors, Number(decays)],
        invocations: vectors,
        cost: vectors * 60,
      };
    }),
  ];
}

/** Each constant X, 1 - X and log X, computed in double precision: a GPU would lose digits. */
function constantsOf(hyper: Update["hyper"]): Record<string, Constant> {
  const constants: Record<string, Constant> = { WEIGHT_DECAY: { float: 0 } };
  for (const [name, value] of Object.entries(hyper)) {
    const key = constantName(name);
    constants[key] = { float: value };
    constants[`ONE_MINUS_${key}`] = { float: 1 - value };
    if (value > 0) constants[`LOG_${key}`] = { float: Math.log(value) };
  }
  return constants;
}
