/**
 * FLOPs of a plan: 2 x multiply-adds of its convolutions, the usual count. Batch norm, pooling,
 * loss and optimiser are not counted.
 *
 * @module
 */
import { elementCount } from "../core/tensor.ts";
import { type Lowering, lowerWith } from "./lowering.ts";
import { type Plan, specsOf, stepsOf } from "./plan.ts";
import type { Step, TensorSpec } from "./steps.ts";

/** The tensors of a plan by name. */
interface Specs {
  get(name: string): TensorSpec | undefined;
}

/** FLOPs of one run of the plan. */
export function planFlops(plan: Plan): number {
  const specs = specsOf(plan);
  return stepsOf(plan).reduce((sum, step) => sum + stepFlops(step, specs), 0);
}

/** FLOPs of one step. */
export function stepFlops(step: Step, specs: Specs): number {
  return lowerWith(FLOPS, step, specs);
}

const none = () => 0;

const FLOPS: Lowering<Specs, number> = {
  augment: none,
  normalise: none,
  conv3x3: ({ weight, out }, specs) => product(specs, weight, out),
  pointwise: ({ weight, out }, specs) => product(specs, weight, out),
  batchnorm: none,
  batchnorm_eval: none,
  fold: none,
  groupnorm: none,
  dropout: none,
  element_dropout: none,
  sum: none,
  maxpool2: none,
  convtranspose2: ({ weight, source }, specs) => product(specs, weight, source.tensor),
  upsample2: none,
  conv1x1: ({ weight, source }, specs) => product(specs, weight, source.tensor),
  boundary: none,
  avgpool2: none,
  loss: none,
  overlap: none,
  conv1x1_gradient: ({ weight, source }, specs) => 2 * product(specs, weight, source.tensor),
  batchnorm_gradient: none,
  groupnorm_gradient: none,
  conv3x3_input_gradient: ({ weight, gradient }, specs) => product(specs, weight, gradient),
  conv3x3_weight_gradient: (step, specs) => product(specs, step.weightGradient, step.gradient),
  pointwise_input_gradient: ({ weight, gradient }, specs) => product(specs, weight, gradient),
  pointwise_weight_gradient: (step, specs) => product(specs, step.weightGradient, step.gradient),
  relu_gradient: none,
  gate: none,
  gate_gradient: none,
  convtranspose2_input_gradient: ({ weight, out }, specs) => product(specs, weight, out),
  convtranspose2_weight_gradient: ({ weightGradient, source }, specs) =>
    product(specs, weightGradient, source.tensor),
  upsample2_gradient: none,
  maxpool2_gradient: none,
  accumulate: none,
  gradient_norm: none,
  loss_scaling: none,
  update: none,
  average: none,
};

/** Multiply-adds when every weight is used once at every position of `map`. */
function product(specs: Specs, weight: string, map: string): number {
  const [n, , height, width] = specs.get(map)!.shape;
  return 2 * elementCount(specs.get(weight)!.shape) * n * height * width;
}
