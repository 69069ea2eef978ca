/** Training on the GPU engine. @module */
import { InputError } from "../../core/errors.ts";
import { type Tensors } from "../../core/tensor.ts";
import { type Evaluation, type LossParts, type Trainer, type TrainingState } from "../engine.ts";
import { type Batch, type Pixels } from "../../core/batch.ts";
import { checkPixels, planInput } from "../plan_input.ts";
import { LossLog } from "./losses.ts";
import { type Machine, planFor } from "./machine.ts";
import type { CompiledPlan } from "./program.ts";

export class GpuTrainer implements Trainer {
  readonly #machine: Machine;
  readonly #train: readonly CompiledPlan[];
  readonly #evaluate: readonly CompiledPlan[];
  readonly #losses: LossLog;
  #step = 0;
  #batchesTracked = 0;

  /** The first `trainPlans` plans of the machine train, the others evaluate. */
  constructor(machine: Machine, trainPlans: number) {
    this.#machine = machine;
    this.#train = machine.plans.slice(0, trainPlans);
    this.#evaluate = machine.plans.slice(trainPlans);
    this.#losses = new LossLog(machine);
  }

  async step(
    batch: Batch<Pixels>,
    { learningRate }: { readonly learningRate: number },
  ): Promise<void> {
    const compiled = this.#fill(batch, this.#train);
    this.#machine.write(compiled, "rate", Float32Array.of(learningRate, this.#step + 1));
    await this.#machine.runner.run(compiled.steps);
    await this.#losses.note(compiled.place("loss"));
    this.#step++;
    this.#batchesTracked++;
  }

  losses(): Promise<LossParts[]> {
    return this.#losses.take();
  }

  async evaluate(batch: Batch<Pixels>): Promise<Evaluation> {
    const compiled = this.#fill(batch, this.#evaluate);
    await this.#machine.runner.run(compiled.steps);
    const results = await this.#machine.read(compiled, ["loss", "overlap"]);
    const [loss, bce, dice] = results.loss.data;
    const images = Array.from({ length: batch.n }, (_, i) => {
      const [intersection, predicted, truth] = results.overlap.data.subarray(3 * i, 3 * i + 3);
      return { intersection, predicted, truth };
    });
    return { loss, bce, dice, images };
  }

  async logits(batch: Batch<Pixels>): Promise<Float32Array> {
    const compiled = this.#fill(batch, this.#evaluate);
    await this.#machine.runner.run(compiled.steps);
    return (await this.#machine.read(compiled, ["logits"])).logits.data;
  }

  async state(): Promise<TrainingState> {
    const [compiled] = this.#train;
    const all = await this.#machine.read(compiled, compiled.plan.persistent);
    const kept = (prefix: string): Tensors<Float32Array> =>
      Object.fromEntries(
        Object.entries(all)
          .filter(([name]) => kindOf(name) === prefix)
          .map(([name, tensor]) => [name.slice(prefix.length), tensor]),
      );
    return {
      weights: kept(""),
      firstMoments: kept(FIRST_MOMENT),
      secondMoments: kept(SECOND_MOMENT),
      step: this.#step,
      batchesTracked: this.#batchesTracked,
    };
  }

  load(state: TrainingState): Promise<void> {
    const [compiled] = this.#train;
    const tensors: Tensors = { ...state.weights };
    for (const name of compiled.plan.persistent) {
      const kind = kindOf(name);
      if (kind === "") continue;
      const moments = kind === FIRST_MOMENT ? state.firstMoments : state.secondMoments;
      const { shape } = compiled.specs.get(name)!;
      tensors[name] = moments?.[name.slice(kind.length)] ?? zeros(shape);
    }
    for (const name of compiled.plan.persistent) {
      if (!tensors[name]) throw new InputError(`the weights have no tensor ${name}`);
    }
    this.#machine.load(compiled, tensors);
    this.#step = state.step;
    this.#batchesTracked = state.batchesTracked;
    this.#losses.clear();
    return Promise.resolve();
  }

  close(): void {
    this.#losses.close();
    this.#machine.close();
  }

  /** Hands a batch to the plan for its shape. */
  #fill(batch: Batch<Pixels>, plans: readonly CompiledPlan[]): CompiledPlan {
    const { n, height, width, images, masks } = batch;
    const compiled = planFor(plans, n, height, width);
    const input = planInput(compiled.specs);
    checkPixels(input, images);
    if (images.length !== n * input.values || masks.length !== n * height * width) {
      throw new InputError(`a batch of ${n} images of ${width}x${height} has the wrong length`);
    }
    this.#machine.write(compiled, input.tensor, images);
    this.#machine.write(compiled, "mask", masks);
    return compiled;
  }
}

const FIRST_MOMENT = "exp_avg.";
const SECOND_MOMENT = "exp_avg_sq.";

/** The prefix that tells moments from parameters. */
function kindOf(name: string): string {
  return [FIRST_MOMENT, SECOND_MOMENT].find((prefix) => name.startsWith(prefix)) ?? "";
}

function zeros(shape: readonly number[]) {
  return { shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)) };
}
