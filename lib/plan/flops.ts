/**
 * What a plan costs in arithmetic: 2 x multiply-adds of its convolutions, the usual count. Batch norm, pooling,
 * loss and optimiser are not counted.
 *
 * @module
 */
import { type Plan, stepsOf } from "./plan.ts";
import { elementCount } from "../core/tensor.ts";
import type { Step, TensorSpec } from "./steps.ts";

/** The tensors of a plan by name. */
interface Specs {
  get(name: string): TensorSpec | undefined;
}

/** FLOPs of one run of the plan. */
export function planFlops(plan: Plan): number {
  const specs = new Map(plan.tensors.map((spec) => [spec.name, spec]));
  return stepsOf(plan).reduce((sum, step) => sum + stepFlops(step, specs), 0);
}

/** FLOPs of one step. */
export function stepFlops(step: Step, specs: Specs): number {
  /** Every weight meets every position of `map` once. */
  const product = (weight: string, map: string) => {
    const [n, , height, width] = specs.get(map)!.shape;
    return 2 * elementCount(specs.get(weight)!.shape) * n * height * width;
  };
  switch (step.kind) {
    case "conv3x3":
      return product(step.weight, step.out);
    case "conv3x3_input_gradient":
      return product(step.weight, step.gradient);
    case "conv3x3_weight_gradient":
      return product(step.weightGradient, step.gradient);
    case "convtranspose2":
      return product(step.weight, step.source.tensor);
    case "convtranspose2_input_gradient":
      return product(step.weight, step.out);
    case "convtranspose2_weight_gradient":
      return product(step.weightGradient, step.source.tensor);
    case "conv1x1":
      return product(step.weight, step.source.tensor);
    case "conv1x1_gradient":
      return 2 * product(step.weight, step.source.tensor);
    default:
      return 0;
  }
}
