/** Training, on any backend. @module */
import type { Batch, Pixels } from "../core/batch.ts";
import { InputError } from "../core/errors.ts";
import type { SerialCalls } from "../core/serial_calls.ts";
import type { Tensors } from "../core/tensor.ts";
import { type Plan, specsOf } from "../plan/plan.ts";
import { type Floats, type Program, toFloat32 } from "./backend.ts";
import { checkPixels, type PlanInput, planInput } from "./plan_input.ts";
import type { Evaluation, LossParts, Trainer, TrainingPlans, TrainingState } from "./engine.ts";

const FIRST_MOMENT = "exp_avg.";
const SECOND_MOMENT = "exp_avg_sq.";

/** The moments of a fresh state: zeros follow. */
const NONE = new Float32Array();

/**
 * Runs the plans of a training: those that train come first in the program, then those that
 * evaluate.
 */
export class PlanTrainer implements Trainer {
  readonly #program: Program;
  readonly #calls: SerialCalls;
  /** What the plans take. */
  readonly #train: readonly PlanInput[];
  readonly #evaluate: readonly PlanInput[];
  #step = 0;
  #batchesTracked = 0;

  private constructor(program: Program, plans: TrainingPlans, calls: SerialCalls) {
    this.#program = program;
    this.#calls = calls;
    this.#train = plans.train.map(inputOf);
    this.#evaluate = plans.evaluate.map(inputOf);
  }

  /** Loads a state into a program of these plans. `calls` is what closes the program. */
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

  step(batch: Batch<Pixels>, { learningRate }: { readonly learningRate: number }): Promise<void> {
    return this.#calls.run(async () => {
      const plan = planFor(batch, this.#train);
      this.#fill(plan, this.#train[plan], batch);
      this.#program.write(plan, "rate", Float64Array.of(learningRate, this.#step + 1));
      await this.#program.run(plan);
      await this.#program.log(plan, "loss");
      this.#step++;
      this.#batchesTracked++;
    });
  }

  losses(): Promise<LossParts[]> {
    return this.#calls.run(async () => (await this.#program.takeLog()).map(lossParts));
  }

  evaluate(batch: Batch<Pixels>): Promise<Evaluation> {
    return this.#calls.run(async () => {
      const { loss, overlap } = await this.#forward(batch, ["loss", "overlap"]);
      const images = Array.from({ length: batch.n }, (_, i) => {
        const [intersection, predicted, truth] = overlap.data.subarray(3 * i, 3 * i + 3);
        return { intersection, predicted, truth };
      });
      return { ...lossParts(loss.data), images };
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

  #fill(plan: number, { tensor }: PlanInput, { images, masks }: Batch<Pixels>): void {
    this.#program.write(plan, tensor, images);
    this.#program.write(plan, "mask", masks);
  }

  state(): Promise<TrainingState> {
    return this.#calls.run(async () => {
      const all = await this.#program.read(0, this.#program.plans[0].persistent);
      const kept = (prefix: string): Tensors<Float32Array> =>
        Object.fromEntries(
          Object.entries(all)
            .filter(([name]) => prefixOf(name) === prefix)
            .map(([name, tensor]) => [name.slice(prefix.length), toFloat32(tensor)]),
        );
      return {
        weights: kept(""),
        firstMoments: kept(FIRST_MOMENT),
        secondMoments: kept(SECOND_MOMENT),
        step: this.#step,
        batchesTracked: this.#batchesTracked,
      };
    });
  }

  load(state: TrainingState): Promise<void> {
    return this.#calls.run(async () => {
      const { persistent } = this.#program.plans[0];
      const given: Record<string, Tensors | undefined> = {
        "": state.weights,
        [FIRST_MOMENT]: state.firstMoments,
        [SECOND_MOMENT]: state.secondMoments,
      };
      const missing = persistent.find((name) => prefixOf(name) === "" && !state.weights[name]);
      if (missing !== undefined) throw new InputError(`the weights have no tensor ${missing}`);
      for (const name of persistent) {
        const prefix = prefixOf(name);
        const tensor = given[prefix]?.[name.slice(prefix.length)];
        this.#program.write(0, name, tensor?.data ?? NONE);
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

/** What tells moments from parameters. */
function prefixOf(name: string): string {
  return [FIRST_MOMENT, SECOND_MOMENT].find((prefix) => name.startsWith(prefix)) ?? "";
}

function lossParts([loss, bce, dice]: Floats): LossParts {
  return { loss, bce, dice };
}

function inputOf(plan: Plan): PlanInput {
  return planInput(specsOf(plan));
}

/** The index of the plan for a batch. */
function planFor(
  { n, height, width, images, masks }: Batch<Pixels>,
  inputs: readonly PlanInput[],
): number {
  const index = inputs.findIndex((input) =>
    input.n === n && input.height === height && input.width === width
  );
  if (index < 0) {
    throw new InputError(`no plan was made for batches of ${n} images of ${width}x${height}`);
  }
  checkPixels(inputs[index], images);
  if (images.length !== n * inputs[index].values || masks.length !== n * height * width) {
    throw new InputError(`a batch of ${n} images of ${width}x${height} has the wrong length`);
  }
  return index;
}
