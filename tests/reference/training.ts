/**
 * Trainer and predictor of the float64 engine: the plans, run from one set of named tensors.
 *
 * @module
 */
import type {
  Evaluation,
  LossParts,
  Predictor,
  Trainer,
  TrainingPlans,
  TrainingState,
} from "../../lib/engine/engine.ts";
import { type Batch, type Pixels } from "../../lib/core/batch.ts";
import { type Plan } from "../../lib/plan/plan.ts";
import { type Tensor, type TensorData, type Tensors } from "../../lib/core/tensor.ts";
import { checkPixels, planInput } from "../../lib/engine/plan_input.ts";
import type { ReferenceEngine } from "./engine.ts";

const FIRST = "exp_avg.";
const SECOND = "exp_avg_sq.";

export class ReferenceTrainer implements Trainer {
  readonly #engine: ReferenceEngine;
  readonly #plans: TrainingPlans;
  /** Parameters, statistics and moments, under the plans' names. */
  #kept: Tensors = {};
  #step = 0;
  #batchesTracked = 0;
  #losses: LossParts[] = [];

  constructor(engine: ReferenceEngine, plans: TrainingPlans, state: TrainingState) {
    this.#engine = engine;
    this.#plans = plans;
    this.#restore(state);
  }

  step(batch: Batch<Pixels>, { learningRate }: { readonly learningRate: number }): Promise<void> {
    const plan = planFor(this.#plans.train, batch);
    this.#step++;
    this.#batchesTracked++;
    const rate = { shape: [2], data: Float64Array.of(learningRate, this.#step) };
    const given = { ...this.#kept, ...batchTensors(plan, batch), rate };
    const { loss, ...kept } = this.#engine.run(plan, given, ["loss", ...plan.persistent]);
    Object.assign(this.#kept, kept);
    this.#losses.push(lossParts(loss));
    return Promise.resolve();
  }

  losses(): Promise<LossParts[]> {
    const losses = this.#losses;
    this.#losses = [];
    return Promise.resolve(losses);
  }

  evaluate(batch: Batch<Pixels>): Promise<Evaluation> {
    const { loss, overlap } = this.#evaluate(batch, ["loss", "overlap"]);
    const images = Array.from({ length: batch.n }, (_, image) => {
      const [intersection, predicted, truth] = overlap.data.subarray(image * 3, image * 3 + 3);
      return { intersection, predicted, truth };
    });
    return Promise.resolve({ ...lossParts(loss), images });
  }

  logits(batch: Batch<Pixels>): Promise<Float32Array> {
    return Promise.resolve(Float32Array.from(this.#evaluate(batch, ["logits"]).logits.data));
  }

  #evaluate(batch: Batch<Pixels>, wanted: readonly string[]): Tensors<Float64Array> {
    const plan = planFor(this.#plans.evaluate, batch);
    return this.#engine.run(
      plan,
      { ...namedBy(plan, this.#kept), ...batchTensors(plan, batch) },
      wanted,
    );
  }

  state(): Promise<TrainingState> {
    const withPrefix = (prefix: string) =>
      Object.fromEntries(
        Object.entries(this.#kept)
          .filter(([name]) => name.startsWith(prefix))
          .map(([name, tensor]) => [name.slice(prefix.length), toFloat32(tensor)]),
      );
    const firstMoments = withPrefix(FIRST);
    const secondMoments = withPrefix(SECOND);
    const weights = Object.fromEntries(
      Object.entries(withPrefix("")).filter(([name]) =>
        !name.startsWith(FIRST) && !name.startsWith(SECOND)
      ),
    );
    const [step, batchesTracked] = [this.#step, this.#batchesTracked];
    return Promise.resolve({ weights, firstMoments, secondMoments, step, batchesTracked });
  }

  load(state: TrainingState): Promise<void> {
    this.#restore(state);
    return Promise.resolve();
  }

  #restore(state: TrainingState): void {
    const prefixed = (prefix: string, tensors: Tensors = {}) =>
      Object.fromEntries(Object.entries(tensors).map(([name, t]) => [prefix + name, t]));
    this.#kept = {
      ...state.weights,
      ...prefixed(FIRST, state.firstMoments),
      ...prefixed(SECOND, state.secondMoments),
    };
    this.#step = state.step;
    this.#batchesTracked = state.batchesTracked;
  }

  close(): void {}
}

export class ReferencePredictor implements Predictor {
  readonly #engine: ReferenceEngine;
  readonly #plan: Plan;
  readonly #weights: Tensors;

  constructor(engine: ReferenceEngine, plan: Plan, weights: Tensors) {
    this.#engine = engine;
    this.#plan = plan;
    this.#weights = namedBy(plan, weights);
  }

  run(images: Pixels, n: number): Promise<Float32Array> {
    const { n: most, values } = inputOf(this.#plan);
    const all = new Float64Array(most * values);
    all.set(images.subarray(0, n * values));
    const given = { ...this.#weights, ...imagesOf(this.#plan, images, all) };
    const { logits } = this.#engine.run(this.#plan, given, ["logits"]);
    return Promise.resolve(
      Float32Array.from(logits.data.subarray(0, logits.data.length / most * n)),
    );
  }

  close(): void {}
}

function inputOf(plan: Plan) {
  return planInput(new Map(plan.tensors.map((spec) => [spec.name, spec])));
}

/** The tensor of the plan's images, with these values. */
function imagesOf(plan: Plan, images: Pixels, data: TensorData = images): Tensors {
  const input = inputOf(plan);
  checkPixels(input, images);
  const { shape } = plan.tensors.find(({ name }) => name === input.tensor)!;
  return { [input.tensor]: { shape, data } };
}

function planFor(plans: readonly Plan[], { n, height, width }: Batch<Pixels>): Plan {
  const plan = plans.find((plan) => {
    const input = inputOf(plan);
    return input.n === n && input.height === height && input.width === width;
  });
  if (!plan) throw new RangeError(`no plan for a batch of [${n},${height},${width}]`);
  return plan;
}

function batchTensors(plan: Plan, { n, height, width, images, masks }: Batch<Pixels>): Tensors {
  const mask = { shape: [n, masks.length / (n * height * width), height, width], data: masks };
  return { ...imagesOf(plan, images), mask };
}

/** Those of the tensors that a plan knows. */
function namedBy(plan: Plan, tensors: Tensors): Tensors {
  const names = new Set(plan.tensors.map(({ name }) => name));
  return Object.fromEntries(Object.entries(tensors).filter(([name]) => names.has(name)));
}

function lossParts({ data: [loss, bce, dice] }: Tensor<Float64Array>): LossParts {
  return { loss, bce, dice };
}

function toFloat32({ shape, data }: Tensor): Tensor<Float32Array> {
  return { shape, data: Float32Array.from(data as ArrayLike<number>) };
}
