/** Training, on any backend. @module */
import type { RawBatch } from "../core/batch.ts";
import { InputError } from "../core/errors.ts";
import type { SerialCalls } from "../core/serial_calls.ts";
import type { Tensor, Tensors } from "../core/tensor.ts";
import { FIRST_SCALE, type LossScale, SCALING } from "../plan/loss_scaling.ts";
import {
  batchesPerStep,
  type DropoutDraw,
  type Plan,
  RUN,
  specsOf,
  WITHOUT_UPDATE,
} from "../plan/plan.ts";
import { lossReader, overlapsOf } from "./batch_results.ts";
import { drawDropout } from "./dropout.ts";
import { type Floats, type Program, toFloat32 } from "./backend.ts";
import type {
  Evaluation,
  LossParts,
  MaskedBatch,
  Trainer,
  TrainingPlans,
  TrainingState,
} from "./engine.ts";
import { checkAccumulated, keptTensors } from "./kept_tensors.ts";
import { planFor, type PlanInput, planInput } from "./plan_input.ts";

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
  /** Who gets the values of the program's log, in its order. */
  readonly #receivers: ((values: Floats) => void)[] = [];
  readonly #losses: LossParts[] = [];
  /** Waits for a state whose reading has begun. No step was made since. */
  #stateLater: (() => Promise<Tensors<Floats>>) | undefined;

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
    batch: MaskedBatch | RawBatch,
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
      await this.#dropState();
      this.#fill(plan, this.#train[plan], batch);
      this.#program.write(plan, "rate", Float64Array.of(learningRate, this.#step + 1));
      if (accumulates) this.#program.write(plan, "added", Float32Array.of(this.#added));
      // Every batch has a number of its own, also where the last step of an epoch takes fewer.
      const number = this.#step * this.#batchesPerStep + this.#added;
      for (const { draw, shape } of this.#draws[plan]) {
        this.#program.write(plan, draw.tensor, drawDropout(draw, number, shape));
      }
      await this.#program.run(plan, updates ? RUN : WITHOUT_UPDATE);
      await this.#log(plan, "loss", (loss) => this.#losses.push(this.#lossParts(loss)));
      this.#batchesTracked++;
      this.#added = updates ? 0 : this.#added + 1;
      if (updates) this.#step++;
    });
  }

  losses(): Promise<LossParts[]> {
    return this.#calls.run(async () => {
      this.#hand(await this.#program.takeLog());
      return this.#takeLosses();
    });
  }

  knownLosses(): LossParts[] {
    this.#calls.check();
    this.#hand(this.#program.knownLog());
    return this.#takeLosses();
  }

  #takeLosses(): LossParts[] {
    return this.#losses.splice(0);
  }

  /** Logs a tensor; `receive` is called when its values are known. */
  async #log(plan: number, tensor: string, receive: (values: Floats) => void): Promise<void> {
    this.#receivers.push(receive);
    await this.#program.log(plan, tensor);
  }

  /** Hands logged values to their receivers. */
  #hand(log: readonly Floats[]): void {
    for (const values of log) this.#receivers.shift()!(values);
  }

  evaluate(batch: MaskedBatch): Promise<Evaluation> {
    return this.#calls.run(async () => {
      const plan = await this.#forward(batch);
      const { loss, overlap } = await this.#program.read(plan, ["loss", "overlap"]);
      return { ...this.#lossParts(loss.data), images: overlapsOf(overlap.data) };
    });
  }

  async *evaluateAll(batches: Iterable<MaskedBatch>): AsyncGenerator<Evaluation[]> {
    const found: Evaluation[] = [];
    for (const batch of batches) {
      await this.#calls.run(async () => {
        const plan = await this.#forward(batch);
        let parts: LossParts;
        await this.#log(plan, "loss", (loss) => parts = this.#lossParts(loss));
        await this.#log(plan, "overlap", (overlap) => {
          found.push({ ...parts, images: overlapsOf(overlap) });
        });
        this.#hand(this.#program.knownLog());
      });
      yield found.splice(0);
    }
    await this.#calls.run(async () => this.#hand(await this.#program.takeLog()));
    yield found.splice(0);
  }

  logits(batch: MaskedBatch): Promise<Float32Array> {
    return this.#calls.run(async () => {
      const plan = await this.#forward(batch);
      return toFloat32((await this.#program.read(plan, ["logits"])).logits).data;
    });
  }

  /** Evaluates a batch; returns its plan. */
  async #forward(batch: MaskedBatch): Promise<number> {
    const index = planFor(batch, this.#evaluate);
    const plan = this.#train.length + index;
    this.#fill(plan, this.#evaluate[index], batch);
    await this.#program.run(plan);
    return plan;
  }

  #fill(plan: number, { tensor }: PlanInput, batch: MaskedBatch | RawBatch): void {
    const isRaw = "changes" in batch;
    this.#program.write(plan, isRaw ? "rawImages" : tensor, batch.images);
    if (isRaw) this.#program.write(plan, "rawMasks", batch.masks);
    else if (batch.masks instanceof Uint8Array) this.#program.writeMask(plan, batch.masks);
    else this.#program.write(plan, "mask", batch.masks);
    if (isRaw) this.#program.write(plan, "changes", batch.changes);
  }

  state(): Promise<TrainingState> {
    return this.#calls.run(async () => {
      const [plan] = this.#program.plans;
      const kept = keptTensors(plan, this.#added > 0);
      const tensors = await (this.#stateLater ?? this.#readState())();
      this.#stateLater = undefined;
      const weights: Tensors<Float32Array> = {};
      const average: Tensors<Float32Array> = {};
      const gradients: Tensors<Float32Array> = {};
      const slots: Record<string, Tensors<Float32Array>> = {};
      const scaling: Tensors<Float32Array> = {};
      const parts = { weights, average, gradients, scaling };
      for (const { name, slot, part, parameter } of kept) {
        const values = slot === undefined ? parts[part] : slots[slot] ??= {};
        values[parameter] = toFloat32(tensors[name]);
      }
      return {
        weights,
        slots,
        ...(kept.some(({ part }) => part === "average") && { average }),
        ...(SCALING in scaling && { lossScale: lossScaleOf(scaling[SCALING]) }),
        ...(this.#added > 0 && { accumulated: { batches: this.#added, gradients } }),
        step: this.#step,
        batchesTracked: this.#batchesTracked,
      };
    });
  }

  prefetchState(): Promise<void> {
    return this.#calls.run(() => {
      this.#stateLater ??= this.#readState();
      return Promise.resolve();
    });
  }

  /** Begins to read the tensors of the present state. */
  #readState(): () => Promise<Tensors<Floats>> {
    const kept = keptTensors(this.#program.plans[0], this.#added > 0);
    return this.#program.readLater(0, kept.map(({ name }) => name));
  }

  /** Lets a reading of the state end that a change would meet. */
  async #dropState(): Promise<void> {
    const later = this.#stateLater;
    this.#stateLater = undefined;
    await later?.();
  }

  load(state: TrainingState): Promise<void> {
    return this.#calls.run(async () => {
      await this.#dropState();
      const { accumulated } = state;
      checkAccumulated(accumulated, this.#batchesPerStep);
      const kept = keptTensors(this.#program.plans[0], accumulated !== undefined);
      const scaling: Tensors<Float32Array> = {
        [SCALING]: scalingOf(state.lossScale ?? FIRST_SCALE),
      };
      const parts = {
        weights: state.weights,
        average: state.average ?? state.weights,
        gradients: accumulated?.gradients ?? {},
        scaling,
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
      this.#hand(await this.#program.takeLog());
      this.#losses.length = 0;
    });
  }

  loadWeights(weights: TrainingState["weights"]): Promise<void> {
    return this.#calls.run(async () => {
      await this.#dropState();
      const kept = keptTensors(this.#program.plans[0], false);
      for (const { name, slot, part, parameter } of kept) {
        if (slot !== undefined || part !== "weights") continue;
        const values = weights[parameter];
        if (!values) throw new InputError(`the weights have no tensor ${parameter}`);
        this.#program.write(0, name, values.data);
      }
    });
  }

  close(): void {
    this.#calls.close();
  }
}

/** The tensor of a state of loss scaling, and back. */
function scalingOf({ scale, steps, skipped }: LossScale): Tensor<Float32Array> {
  return { shape: [3], data: Float32Array.of(scale, steps, skipped) };
}

function lossScaleOf({ data: [scale, steps, skipped] }: Tensor<Float32Array>): LossScale {
  return { scale, steps, skipped };
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
