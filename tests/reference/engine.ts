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
import { type Lowering, lowerWith } from "../../lib/plan/lowering.ts";
import { elementCount, type Tensors } from "../../lib/core/tensor.ts";
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
import { sum } from "./sum.ts";
import { ReferencePredictor, ReferenceTrainer } from "./training.ts";
import { update } from "./update.ts";
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
    for (const step of stepsOf(plan, SEGMENTS)) lowerWith(LOWERING, step, store);
    return Object.fromEntries(wanted.map((name) => [name, store.get(name)]));
  }

  close(): void {}
}

/** The specification of every kind of step. */
const LOWERING: Lowering<Store, void> = {
  normalise,
  conv3x3,
  batchnorm: batchNorm,
  batchnorm_eval: batchNormEval,
  fold,
  maxpool2: maxPool2,
  sum,
  convtranspose2: convTranspose2,
  upsample2,
  conv1x1,
  loss,
  overlap,
  conv1x1_gradient: conv1x1Gradient,
  batchnorm_gradient: batchNormGradient,
  conv3x3_input_gradient: conv3x3InputGradient,
  conv3x3_weight_gradient: conv3x3WeightGradient,
  convtranspose2_input_gradient: convTranspose2InputGradient,
  convtranspose2_weight_gradient: convTranspose2WeightGradient,
  upsample2_gradient: upsample2Gradient,
  maxpool2_gradient: maxPool2Gradient,
  update,
};
