/** Training, on any backend. @module */
import type { Batch, Pixels, RawBatch } from "../core/batch.ts";
import { InputError } from "../core/errors.ts";
import type { SerialCalls } from "../core/serial_calls.ts";
import type { Tensors } from "../core/tensor.ts";
import { nameOfTerm } from "../plan/losses.ts";
import {
  averagesOf,
  type DropoutDraw,
  type Plan,
  slotTensorsOf,
  specsOf,
  stepsOf,
} from "../plan/plan.ts";
import { drawDropout } from "./dropout.ts";
import { type Floats, type Program, toFloat32 } from "./backend.ts";
import type { Evaluation, LossParts, Trainer, TrainingPlans, TrainingState } from "./engine.ts";
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
  #step = 0;
  #batchesTracked = 0;
  readonly #lossParts: (result: Floats) => LossParts;

  private constructor(program: Program, plans: TrainingPlans, calls: SerialCalls) {
    this.#program = program;
    this.#calls = calls;
    this.#lossParts = lossReader(program.plans);
    this.#train = plans.train.map(inputOf);
    this.#evaluate = plans.evaluate.map(inputOf);
    this.#draws = plans.train.map(randomInputsOf);
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
    { learningRate }: { readonly learningRate: number },
  ): Promise<void> {
    return this.#calls.run(async () => {
      const plan = planFor(batch, this.#train);
      this.#fill(plan, this.#train[plan], batch);
      this.#program.write(plan, "rate", Float64Array.of(learningRate, this.#step + 1));
      for (const { draw, shape } of this.#draws[plan]) {
        this.#program.write(plan, draw.tensor, drawDropout(draw, this.#step, shape));
      }
      await this.#program.run(plan);
      await this.#program.log(plan, "loss");
      this.#step++;
      this.#batchesTracked++;
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
      const kept = keptTensors(plan);
      const tensors = await this.#program.read(0, plan.persistent);
      const weights: Tensors<Float32Array> = {};
      const average: Tensors<Float32Array> = {};
      const slots: Record<string, Tensors<Float32Array>> = {};
      for (const { name, slot, isAverage, parameter } of kept) {
        const values = isAverage ? average : weights;
        const part = slot === undefined ? values : slots[slot] ??= {};
        part[parameter] = toFloat32(tensors[name]);
      }
      const averages = kept.some(({ isAverage }) => isAverage) ? { average } : {};
      const [step, batchesTracked] = [this.#step, this.#batchesTracked];
      return { weights, slots, ...averages, step, batchesTracked };
    });
  }

  load(state: TrainingState): Promise<void> {
    return this.#calls.run(async () => {
      const kept = keptTensors(this.#program.plans[0]);
      const missing = kept.find(({ name, slot, isAverage }) =>
        slot === undefined && !isAverage && !state.weights[name]
      );
      if (missing) throw new InputError(`the weights have no tensor ${missing.name}`);
      for (const { name, slot, isAverage, parameter } of kept) {
        const values = isAverage ? state.average ?? state.weights : state.weights;
        const part = slot === undefined ? values : state.slots?.[slot];
        this.#program.write(0, name, part?.[parameter]?.data ?? NONE);
      }
      this.#step = state.step;
      this.#batchesTracked = state.batchesTracked;
      await this.#program.takeLog();
    });
  }

  close(): void {
    this.#calls.close();
  }
}

/** A persistent tensor of a plan: a parameter, its moving average, or a slot of its optimiser. */
interface KeptTensor {
  readonly name: string;
  readonly parameter: string;
  readonly slot?: string;
  readonly isAverage: boolean;
}

function keptTensors(plan: Plan): KeptTensor[] {
  const [slotTensors, averages] = [slotTensorsOf(plan), averagesOf(plan)];
  return plan.persistent.map((name) => {
    const parameter = averages.get(name) ?? name;
    return { name, parameter, isAverage: averages.has(name), ...slotTensors.get(name) };
  });
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
