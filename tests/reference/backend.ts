/**
 * The slow, simple backend in float64 that specifies every step. Each step kind is one function,
 * written after its formula in lib/plan/steps.ts, without fusion, tiling or reuse.
 *
 * @module
 */
import { maskFloats } from "../../lib/core/batch.ts";
import { elementCount, type Tensor, type TensorData, type Tensors } from "../../lib/core/tensor.ts";
import type { Backend, MemoryUse, Program } from "../../lib/engine/backend.ts";
import { type Lowering, lowerWith } from "../../lib/plan/lowering.ts";
import { operandsOf } from "../../lib/plan/operands.ts";
import { type Plan, RUN, SEGMENTS, stepsOf } from "../../lib/plan/plan.ts";
import type { StepKind } from "../../lib/plan/steps.ts";
import { augment } from "./augment.ts";
import { conv3x3, conv3x3InputGradient, conv3x3WeightGradient } from "./conv3x3.ts";
import { gate, gateGradient } from "./gate.ts";
import { dropout, elementDropout, groupNorm, groupNormGradient } from "./group_norm.ts";
import { boundary, loss, overlap } from "./loss.ts";
import { batchNorm, batchNormEval, batchNormGradient, fold, normalise } from "./normalisation.ts";
import {
  conv1x1,
  conv1x1Gradient,
  convTranspose2,
  convTranspose2InputGradient,
  convTranspose2WeightGradient,
} from "./pointwise_and_transposed.ts";
import { avgPool2, maxPool2, maxPool2Gradient, upsample2, upsample2Gradient } from "./resizing.ts";
import { reluGradient, sum } from "./sum.ts";
import { accumulate, average, gradientNorm, lossScaling, update } from "./update.ts";
import { Store, type Values } from "./values.ts";

/** The float64 backend. Tensors come back as float64. */
export class ReferenceBackend implements Backend {
  readonly name = "cpu";
  readonly augments = true;
  readonly storesHalves = true;
  readonly adapter = "float64 reference";
  readonly memoryLimit = Infinity;

  memoryNeeded(plans: readonly Plan[]): MemoryUse {
    const total = Math.max(0, ...plans.map(({ tensors }) => bytesOf(tensors)));
    return { persistent: 0, kept: 0, scratch: 0, workspace: 0, arena: total, total };
  }

  canHold(): Promise<boolean> {
    return Promise.resolve(true);
  }

  prepare(plans: readonly Plan[]): Promise<Program> {
    return Promise.resolve(new ReferenceProgram(plans));
  }

  close(): void {}
}

/** Runs a plan once, with its setup, on given tensors and returns the wanted ones. */
export function runReference(
  plan: Plan,
  tensors: Tensors,
  wanted: readonly string[],
): Tensors<Float64Array> {
  const program = new ReferenceProgram([plan]);
  for (const [name, { data }] of Object.entries(tensors)) program.write(0, name, data);
  program.runNow(0, SEGMENTS);
  return program.readNow(0, wanted);
}

class ReferenceProgram implements Program {
  readonly plans: readonly Plan[];
  /** One store for each plan; they share the persistent tensors. */
  readonly #stores: readonly Store[];
  #log: Float64Array[] = [];

  constructor(plans: readonly Plan[]) {
    const kept = new Map<string, Values>();
    this.plans = plans;
    this.#stores = plans.map(({ tensors, persistent }) => new Store(tensors, persistent, kept));
  }

  write(plan: number, tensor: string, values: TensorData): void {
    this.#stores[plan].write(tensor, values);
  }

  writeMask(plan: number, bytes: Uint8Array): void {
    this.write(plan, "mask", maskFloats(bytes));
  }

  run(plan: number, segments = RUN): Promise<void> {
    this.runNow(plan, segments);
    return Promise.resolve();
  }

  runNow(plan: number, segments: typeof RUN): void {
    const store = this.#stores[plan];
    for (const step of stepsOf(this.plans[plan], segments)) {
      lowerWith(LOWERING, step, store);
      for (const name of operandsOf(step).writes) store.round(name);
    }
  }

  read(plan: number, tensors: readonly string[]): Promise<Tensors<Float64Array>> {
    return Promise.resolve(this.readNow(plan, tensors));
  }

  readNow(plan: number, tensors: readonly string[]): Tensors<Float64Array> {
    return Object.fromEntries(tensors.map((name) => {
      const { shape, data } = this.#stores[plan].get(name);
      return [name, { shape, data: data.slice() }];
    }));
  }

  log(plan: number, tensor: string): Promise<void> {
    this.#log.push(this.#stores[plan].get(tensor).data.slice());
    return Promise.resolve();
  }

  async take(plan: number, tensor: string): Promise<() => Promise<Tensor<Float64Array>>> {
    const { [tensor]: values } = await this.read(plan, [tensor]);
    return () => Promise.resolve(values);
  }

  readLater(plan: number, tensors: readonly string[]): () => Promise<Tensors<Float64Array>> {
    return () => this.read(plan, tensors);
  }

  takeLog(): Promise<Float64Array[]> {
    return Promise.resolve(this.knownLog());
  }

  knownLog(): Float64Array[] {
    const log = this.#log;
    this.#log = [];
    return log;
  }

  timeKinds(plan: number): Promise<Map<StepKind, number>> {
    const times = new Map<StepKind, number>();
    for (const step of stepsOf(this.plans[plan])) {
      const start = performance.now();
      lowerWith(LOWERING, step, this.#stores[plan]);
      times.set(step.kind, (times.get(step.kind) ?? 0) + performance.now() - start);
    }
    return Promise.resolve(times);
  }

  bytesOf(plan: number, tensor: string): number {
    return bytesOf(this.plans[plan].tensors.filter(({ name }) => name === tensor));
  }

  close(): void {}
}

function bytesOf(tensors: Plan["tensors"]): number {
  return tensors.reduce((sum, { shape }) => sum + 8 * elementCount(shape), 0);
}

/** The specification of every kind of step. */
const LOWERING: Lowering<Store, void> = {
  augment,
  normalise,
  conv3x3,
  pointwise: conv3x3,
  batchnorm: batchNorm,
  batchnorm_eval: batchNormEval,
  fold,
  groupnorm: groupNorm,
  dropout,
  element_dropout: elementDropout,
  maxpool2: maxPool2,
  sum,
  avgpool2: avgPool2,
  convtranspose2: convTranspose2,
  upsample2,
  conv1x1,
  boundary,
  loss,
  overlap,
  conv1x1_gradient: conv1x1Gradient,
  batchnorm_gradient: batchNormGradient,
  groupnorm_gradient: groupNormGradient,
  conv3x3_input_gradient: conv3x3InputGradient,
  conv3x3_weight_gradient: conv3x3WeightGradient,
  pointwise_input_gradient: conv3x3InputGradient,
  pointwise_weight_gradient: conv3x3WeightGradient,
  relu_gradient: reluGradient,
  gate,
  gate_gradient: gateGradient,
  convtranspose2_input_gradient: convTranspose2InputGradient,
  convtranspose2_weight_gradient: convTranspose2WeightGradient,
  upsample2_gradient: upsample2Gradient,
  maxpool2_gradient: maxPool2Gradient,
  accumulate,
  gradient_norm: gradientNorm,
  loss_scaling: lossScaling,
  update,
  average,
};
