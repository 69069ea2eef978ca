/**
 * The slow, obvious engine in float64: the specification of every step. Each step kind is one function, written
 * after its formula in lib/plan/steps.ts; nothing is fused, tiled or reused.
 *
 * @module
 */
import { type Plan, SEGMENTS, stepsOf } from "../../lib/plan/plan.ts";
import type {
  Engine,
  Predictor,
  Trainer,
  TrainingPlans,
  TrainingState,
} from "../../lib/engine/engine.ts";
import type { Step } from "../../lib/plan/steps.ts";
import { elementCount, type Tensors } from "../../lib/core/tensor.ts";
import { adam } from "./adam.ts";
import { conv3x3, conv3x3InputGradient, conv3x3WeightGradient } from "./conv3x3.ts";
import { loss, overlap } from "./loss.ts";
import { batchNorm, batchNormEval, batchNormGradient, fold, normalise } from "./normalisation.ts";
import {
  conv1x1,
  conv1x1Gradient,
  convTranspose2,
  convTranspose2InputGradient,
  convTranspose2WeightGradient,
} from "./pointwise_and_transposed.ts";
import { maxPool2, maxPool2Gradient, upsample2, upsample2Gradient } from "./resizing.ts";
import { ReferencePredictor, ReferenceTrainer } from "./training.ts";
import { Store } from "./values.ts";

/** The float64 engine. Tensors come back as float64. */
export class ReferenceEngine implements Engine {
  readonly name = "cpu";
  readonly adapter = "float64 reference";
  readonly memoryLimit = Infinity;

  memoryNeeded(plans: readonly Plan[]): number {
    const bytes = (plan: Plan) =>
      plan.tensors.reduce((sum, { shape }) => sum + 8 * elementCount(shape), 0);
    return Math.max(0, ...plans.map(bytes));
  }

  canHold(): Promise<boolean> {
    return Promise.resolve(true);
  }

  trainer(plans: TrainingPlans, state: TrainingState): Promise<Trainer> {
    return Promise.resolve(new ReferenceTrainer(this, plans, state));
  }

  predictor(plan: Plan, weights: Tensors): Promise<Predictor> {
    return Promise.resolve(new ReferencePredictor(this, plan, weights));
  }

  runSteps(plan: Plan, tensors: Tensors, wanted: readonly string[]): Promise<Tensors> {
    return Promise.resolve(this.run(plan, tensors, wanted));
  }

  /** {@linkcode runSteps}, at once. */
  run(plan: Plan, tensors: Tensors, wanted: readonly string[]): Tensors<Float64Array> {
    const store = new Store(plan.tensors, tensors);
    for (const step of stepsOf(plan, SEGMENTS)) runStep(store, step);
    return Object.fromEntries(wanted.map((name) => [name, store.get(name)]));
  }

  close(): void {}
}

function runStep(store: Store, step: Step): void {
  switch (step.kind) {
    case "normalise":
      return normalise(store, step);
    case "conv3x3":
      return conv3x3(store, step);
    case "batchnorm":
      return batchNorm(store, step);
    case "batchnorm_eval":
      return batchNormEval(store, step);
    case "fold":
      return fold(store, step);
    case "maxpool2":
      return maxPool2(store, step);
    case "convtranspose2":
      return convTranspose2(store, step);
    case "upsample2":
      return upsample2(store, step);
    case "conv1x1":
      return conv1x1(store, step);
    case "loss":
      return loss(store, step);
    case "overlap":
      return overlap(store, step);
    case "conv1x1_gradient":
      return conv1x1Gradient(store, step);
    case "batchnorm_gradient":
      return batchNormGradient(store, step);
    case "conv3x3_input_gradient":
      return conv3x3InputGradient(store, step);
    case "conv3x3_weight_gradient":
      return conv3x3WeightGradient(store, step);
    case "convtranspose2_input_gradient":
      return convTranspose2InputGradient(store, step);
    case "convtranspose2_weight_gradient":
      return convTranspose2WeightGradient(store, step);
    case "upsample2_gradient":
      return upsample2Gradient(store, step);
    case "maxpool2_gradient":
      return maxPool2Gradient(store, step);
    case "adam":
      return adam(store, step);
  }
}
