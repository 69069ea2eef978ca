/** The tensors of a plan that make up the state of a training. @module */
import { InputError } from "../core/errors.ts";
import { plural } from "../core/plural.ts";
import { SCALING } from "../plan/loss_scaling.ts";
import { accumulatedOf, averagesOf, type Plan, slotTensorsOf } from "../plan/plan.ts";
import type { AccumulatedGradients } from "./engine.ts";

/** A persistent tensor of a plan, and what it holds of a parameter. */
export interface KeptTensor {
  readonly name: string;
  readonly parameter: string;
  /**
   * The part of the state that it belongs to, unless it is a slot of the optimiser. `scaling` is
   * one tensor.
   */
  readonly part: "weights" | "average" | "gradients" | "scaling";
  readonly slot?: string;
}

/** The tensors of a state, with or without accumulated gradients. */
export function keptTensors(plan: Plan, withGradients: boolean): KeptTensor[] {
  const [slotTensors, averages] = [slotTensorsOf(plan), averagesOf(plan)];
  const accumulated = accumulatedOf(plan);
  return plan.persistent.filter((name) => withGradients || !accumulated.has(name)).map((name) => {
    const parameter = averages.get(name) ?? accumulated.get(name) ?? name;
    const part = name === SCALING
      ? "scaling"
      : averages.has(name)
      ? "average"
      : accumulated.has(name)
      ? "gradients"
      : "weights";
    return { name, parameter, part, ...slotTensors.get(name) };
  });
}

/** Refuses gradients of more batches than a step has before its last. */
export function checkAccumulated(
  given: AccumulatedGradients | undefined,
  batchesPerStep: number,
): void {
  if (given === undefined || given.batches >= 1 && given.batches < batchesPerStep) return;
  throw new InputError(
    `a state with the gradients of ${plural(given.batches, "batch", "batches")} fits no step of ` +
      plural(batchesPerStep, "batch", "batches"),
  );
}
