/** Hosts the optimisers' kernels (kernels_wgsl/adam.wgsl, sgd.wgsl). @module */
import type { OptimizerName } from "../../plan/optimizers.ts";
import type { Update } from "../../plan/steps.ts";
import { type Constant, constantName, type Context, type Dispatch } from "./context.ts";
import type { KernelName } from "./kernels.ts";
import { listDispatches } from "./tensor_list.ts";

/** The kernel of each rule. */
const KERNEL_OF: Readonly<Record<OptimizerName, KernelName>> = {
  adam: "adam",
  adamw: "adam",
  sgd: "sgd",
};

export function update(step: Update, context: Context): Dispatch[] {
  const { rule, entries, hyper, rate, clip } = step;
  const rows = entries.map(({ parameter, gradient, slots, decays = false }) => ({
    tensors: [parameter, gradient, ...Object.values(slots)],
    note: Number(decays),
  }));
  return listDispatches(context, rows, {
    kernel: KERNEL_OF[rule],
    entry: "update",
    constants: { ...constantsOf(hyper), CLIP: clip !== undefined },
    beside: [context.place(rate), context.placeIf(clip)],
    costEach: 60,
  });
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
