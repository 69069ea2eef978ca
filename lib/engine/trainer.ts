/** Training, on any backend. @module */
import type { Batch, Pixels, RawBatch } from "../core/batch.ts";
import { InputError } from "../core/errors.ts";
import { plural } from "../core/plural.ts";
import type { SerialCalls } from "../core/serial_calls.ts";
import type { Tensors } from "../core/tensor.ts";
import { nameOfTerm } from "../plan/losses.ts";
import {
  accumulatedOf,
  averagesOf,
  batchesPerStep,
  type DropoutDraw,
  type Plan,
  RUN,
  slotTensorsOf,
  specsOf,
  stepsOf,
  WITHOUT_UPDATE,
} from "../plan/plan.ts";
import { dropoutFactors } from "./dropout.ts";
import { type Floats, type Program, toFloat32 } from "./backend.ts";
import type {
  AccumulatedGradients,
  Evaluation,
  LossParts,
  Trainer,
  TrainingPlans,
  TrainingState,
} from "./engine.ts";
import { checkChanges, checkPixels, type PlanInput, planInput } from "./plan_input.ts";

/** The values of a slot in a fresh state: the program fills it with zeros. */
const NONE = new Float32Array();

/**
 * Runs the plans of a training. The program has the plans that train first, then those that
 * evaluate.
 */
export class PlanTrainer implements Trainer {
  readonly #program: Program;
  readonly #calls: SerialCalls;
  /** The images that each plan reads. */
  readonly #train: readonly PlanInput[];
  readonly #evaluate: readonly PlanInput[];
  /** The random inputs of each plan that trains. */
  readonly #draws: readonly (readonly RandomInput[])[];
  /** The number of batches of a step. */
  readonly #batchesPerStep: number;
  #step = 0;
  /** The batches since the last step, whose gradients are accumulated. */
  #added = 0;
  #batchesTracked = 0;
  readonly #lossParts: (result: Floats) => LossParts;

  private constructor(program: Program, plans: TrainingPlans, calls: SerialCalls) {
    this.#program = program;
    this.#calls = calls;
    this.#lossParts = lossReader(program.plans);
    this.#train = plans.train.map(inputOf);
    this.#evaluate = plans.evaluate.map(inputOf);
    this.#draws = plans.train.map(randomInputsOf);
    this.#batchesPerStep = batchesPerStep(program.plans[0]);
  }

  /** Loads a state into a program of these plans. Closing `calls` closes the program. */
  static async make(
    program: Program,
    plans: TrainingPlans,
    state: TrainingState,
    calls: SerialCalls,
  ): Promise<Trainer> {
    const trainer = new PlanTrainer(program, plans, calls);
    await trainer.load(state);
    return trainer;
  }

  step(
    batch: Batch<Pixels> | RawBatch,
    { learningRate, updates = true }: {
      readonly learningRate: number;
      readonly updates?: boolean;
    },
  ): Promise<void> {
    return this.#calls.run(async () => {
      const accumulates = this.#batchesPerStep > 1;
      if (!updates && !accumulates) {
        throw new InputError("the plans make a step of every batch: they accumulate no gradients");
      }
      const plan = planFor(batch, this.#train);
      this.#fill(plan, this.#train[plan], batch);
      this.#program.write(plan, "rate", Float64Array.of(learningRate, this.#step + 1));
      if (accumulates) this.#program.write(plan, "added", Float32Array.of(this.#added));
      // Every batch has a number of its own, also where the last step of an epoch takes fewer.
      const number = this.#step * this.#batchesPerStep + this.#added;
      for (const { draw, shape } of this.#draws[plan]) {
        this.#program.write(plan, draw.tensor, dropoutFactors(draw, number, shape));
      }
      await this.#program.run(plan, updates ? RUN : WITHOUT_UPDATE);
      await this.#program.log(plan, "loss");
      this.#batchesTracked++;
      this.#added = updates ? 0 : this.#added + 1;
      if (updates) this.#step++;
    });
  }

  losses(): Promise<LossParts[]> {
    return this.#calls.run(async () => (await this.#program.takeLog()).map(this.#lossParts));
  }

  evaluate(batch: Batch<Pixels>): Promise<Evaluation> {
    return this.#calls.run(async () => {
      const { loss, overlap } = await this.#forward(batch, ["loss", "overlap"]);
      const images = Array.from({ length: batch.n }, (_, i) => {
        const [intersection, predicted, truth] = overlap.data.subarray(3 * i, 3 * i + 3);
        return { intersection, predicted, truth };
      });
      return { ...this.#lossParts(loss.data), images };
    });
  }

  logits(batch: Batch<Pixels>): Promise<Float32Array> {
    return this.#calls.run(async () => {
      return toFloat32((await this.#forward(batch, ["logits"])).logits).data;
    });
  }

  /** Evaluates a batch and reads these tensors. */
  async #forward(batch: Batch<Pixels>, wanted: readonly string[]): Promise<Tensors<Floats>> {
    const index = planFor(batch, this.#evaluate);
    const plan = this.#train.length + index;
    this.#fill(plan, this.#evaluate[index], batch);
    await this.#program.run(plan);
    return await this.#program.read(plan, wanted);
  }

  #fill(plan: number, { tensor }: PlanInput, batch: Batch<Pixels> | RawBatch): void {
    const isRaw = "changes" in batch;
    this.#program.write(plan, isRaw ? "rawImages" : tensor, batch.images);
    this.#program.write(plan, isRaw ? "rawMasks" : "mask", batch.masks);
    if (isRaw) this.#program.write(plan, "changes", batch.changes);
  }

  state(): Promise<TrainingState> {
    return this.#calls.run(async () => {
      const [plan] = this.#program.plans;
      const kept = keptTensors(plan, this.#added > 0);
      const tensors = await this.#program.read(0, kept.map(({ name }) => name));
      const weights: Tensors<Float32Array> = {};
      const average: Tensors<Float32Array> = {};
      const gradients: Tensors<Float32Array> = {};
      const slots: Record<string, Tensors<Float32Array>> = {};
      const parts = { weights, average, gradients };
      for (const { name, slot, part, parameter } of kept) {
        const values = slot === undefined ? parts[part] : slots[slot] ??= {};
        values[parameter] = toFloat32(tensors[name]);
      }
      return {
        weights,
        slots,
        ...(kept.some(({ part }) => part === "average") && { average }),
        ...(this.#added > 0 && { accumulated: { batches: this.#added, gradients } }),
        step: this.#step,
        batchesTracked: this.#batchesTracked,
      };
    });
  }

  load(state: TrainingState): Promise<void> {
    return this.#calls.run(async () => {
      const { accumulated } = state;
      checkAccumulated(accumulated, this.#batchesPerStep);
      const kept = keptTensors(this.#program.plans[0], accumulated !== undefined);
      const parts = {
        weights: state.weights,
        average: state.average ?? state.weights,
        gradients: accumulated?.gradients ?? {},
      };
      const missing = kept.find(({ slot, part, parameter }) =>
        slot === undefined && part !== "average" && !parts[part][parameter]
      );
      if (missing) {
        throw new InputError(`the ${missing.part} have no tensor ${missing.parameter}`);
      }
      for (const { name, slot, part, parameter } of kept) {
        const values = slot === undefined ? parts[part] : state.slots?.[slot];
        this.#program.write(0, name, values?.[parameter]?.data ?? NONE);
      }
      this.#step = state.step;
      this.#added = accumulated?.batches ?? 0;
      this.#batchesTracked = state.batchesTracked;
      await this.#program.takeLog();
    });
  }

  close(): void {
    this.#calls.close();
  }
}

/** A persistent tensor of a plan, and what it holds of a parameter. */
interface KeptTensor {
  readonly name: string;
  readonly parameter: string;
  /** The part of the state that it belongs to, unless it is a slot of the optimiser. */
  readonly part: "weights" | "average" | "gradients";
  readonly slot?: string;
}

/** The tensors of a state, with or without accumulated gradients. */
function keptTensors(plan: Plan, withGradients: boolean): KeptTensor[] {
  const [slotTensors, averages] = [slotTensorsOf(plan), averagesOf(plan)];
  const accumulated = accumulatedOf(plan);
  return plan.persistent.filter((name) => withGradients || !accumulated.has(name)).map((name) => {
    const parameter = averages.get(name) ?? accumulated.get(name) ?? name;
    const part = averages.has(name) ? "average" : accumulated.has(name) ? "gradients" : "weights";
    return { name, parameter, part, ...slotTensors.get(name) };
  });
}

/** Refuses gradients of more batches than a step has before its last. */
function checkAccumulated(given: AccumulatedGradients | undefined, batchesPerStep: number): void {
  if (given === undefined || given.batches >= 1 && given.batches < batchesPerStep) return;
  throw new InputError(
    `a state with the gradients of ${plural(given.batches, "batch", "batches")} fits no step of ` +
      plural(batchesPerStep, "batch", "batches"),
  );
}

/** A function that reads the result of the loss, which all plans share. */
function lossReader([plan]: readonly Plan[]): (result: Floats) => LossParts {
  // Each loss of a plan has the same terms.
  const loss = stepsOf(plan).find((step) => step.kind === "loss");
  const names = loss?.terms.map(nameOfTerm) ?? [];
  return ([loss, ...values]) => {
    return { loss, terms: Object.fromEntries(names.map((name, i) => [name, values[i]])) };
  };
}

/** A random input and its shape. */
interface RandomInput {
  readonly draw: DropoutDraw;
  readonly shape: readonly number[];
}

function randomInputsOf(plan: Plan): RandomInput[] {
  const specs = specsOf(plan);
  return (plan.draws ?? []).map((draw) => ({ draw, shape: specs.get(draw.tensor)!.shape }));
}

function inputOf(plan: Plan): PlanInput {
  return planInput(specsOf(plan));
}

/**
 * The index of the plan for a batch.
 *
 * @throws {InputError} when no plan has the batch's shape, or the batch has the wrong length.
 */
function planFor(
  batch: Batch<Pixels> | RawBatch,
  inputs: readonly PlanInput[],
): number {
  const { n, height, width, images, masks } = batch;
  const index = inputs.findIndex((input) =>
    input.n === n && input.height === height && input.width === width
  );
  if (index < 0) {
    throw new InputError(`no plan was made for batches of ${n} images of ${width}x${height}`);
  }
  checkPixels(inputs[index], images);
  checkChanges(inputs[index], "changes" in batch ? batch.changes : undefined);
  if (images.length !== n * inputs[index].values || masks.length !== n * height * width) {
    throw new InputError(`a batch of ${n} images of ${width}x${height} has the wrong length`);
  }
  return index;
}
