/** Hosts the optimisers' kernels (kernels_wgsl/adam.wgsl, sgd.wgsl). @module */
import type { OptimizerName } from "../../plan/optimizers.ts";
import type { Update } from "../../plan/steps.ts";
import { type Constant, constantName, type Context, type Dispatch } from "./context.ts";
import type { KernelName } from "./kernels.ts";
import { listTensors, PORTION } from "./tensor_list.ts";

/** The kernel of each rule. */
const KERNEL_OF: Readonly<Record<OptimizerName, KernelName>> = {
  adam: "adam",
  adamw: "adam",
  sgd: "sgd",
};

/** Estimated FLOP of a vector. */
const COST = 60;

export function update(step: Update, context: Context): Dispatch[] {
  const { rule, entries, hyper } = step;
  const rate = context.place(step.rate);
  const clip = context.placeIf(step.clip);
  const constants = { PORTION, ...constantsOf(hyper), CLIP: step.clip !== undefined };
  const rows = entries.map(({ parameter, gradient, slots, decays = false }) => ({
    tensors: [parameter, gradient, ...Object.values(slots)],
    note: Number(decays),
  }));
  const { tensors, parts } = listTensors(context, rows, { beside: [rate, clip], costEach: COST });
  return parts.map(({ firstTensor, tensorCount, vectors, portions, windows }) => ({
    kernel: KERNEL_OF[rule],
    entry: "update",
    constants,
    bindings: [rate, clip, tensors, ...windows],
    slab: [firstTensor, tensorCount],
    group: PORTION,
    invocations: portions * PORTION,
    cost: vectors * COST,
  }));
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
