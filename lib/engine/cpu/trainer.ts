/** Training on the CPU engine. @module */
import { InputError } from "../../core/errors.ts";
import { type Tensors } from "../../core/tensor.ts";
import { type Evaluation, type LossParts, type Trainer, type TrainingState } from "../engine.ts";
import { type Batch, type Pixels } from "../../core/batch.ts";
import { checkPixels, planInput } from "../plan_input.ts";
import { unpack } from "./layout.ts";
import type { Machine } from "./machine.ts";
import { inputView, loadTensors } from "./predictor.ts";
import type { CompiledPlan } from "./program.ts";

export class CpuTrainer implements Trainer {
  readonly #machine: Machine;
  readonly #train: readonly CompiledPlan[];
  readonly #evaluate: readonly CompiledPlan[];
  readonly #onClose: () => void;
  #losses: LossParts[] = [];
  #step = 0;
  #batchesTracked = 0;

  constructor(
    machine: Machine,
    train: readonly CompiledPlan[],
    evaluate: readonly CompiledPlan[],
    onClose: () => void,
  ) {
    this.#machine = machine;
    this.#train = train;
    this.#evaluate = evaluate;
    this.#onClose = onClose;
  }

  async step(
    batch: Batch<Pixels>,
    { learningRate }: { readonly learningRate: number },
  ): Promise<void> {
    const compiled = planFor(batch, this.#train);
    this.#fill(compiled, batch);
    this.#floats(compiled, "rate").set([learningRate, this.#step + 1]);
    await this.#machine.run(compiled.steps);
    this.#step++;
    this.#batchesTracked++;
    this.#losses.push(this.#lossParts(compiled));
  }

  losses(): Promise<LossParts[]> {
    const losses = this.#losses;
    this.#losses = [];
    return Promise.resolve(losses);
  }

  async evaluate(batch: Batch<Pixels>): Promise<Evaluation> {
    const compiled = await this.#forward(batch);
    const counts = this.#floats(compiled, "overlap");
    const images = Array.from({ length: batch.n }, (_, i) => {
      const [intersection, predicted, truth] = counts.subarray(3 * i, 3 * i + 3);
      return { intersection, predicted, truth };
    });
    return { ...this.#lossParts(compiled), images };
  }

  async logits(batch: Batch<Pixels>): Promise<Float32Array> {
    return this.#floats(await this.#forward(batch), "logits").slice();
  }

  async #forward(batch: Batch<Pixels>): Promise<CompiledPlan> {
    const compiled = planFor(batch, this.#evaluate);
    this.#fill(compiled, batch);
    await this.#machine.run(compiled.steps);
    return compiled;
  }

  state(): Promise<TrainingState> {
    const [compiled] = this.#train;
    const read = (prefix: string): Tensors<Float32Array> => {
      const tensors: Tensors<Float32Array> = {};
      for (const name of compiled.plan.persistent) {
        if (kindOf(name) !== prefix) continue;
        const spec = compiled.specs.get(name)!;
        const data = unpack(spec, this.#machine.memory.buffer, compiled.address(name));
        tensors[name.slice(prefix.length)] = { shape: spec.shape, data };
      }
      return tensors;
    };
    return Promise.resolve({
      weights: read(""),
      firstMoments: read(FIRST_MOMENT),
      secondMoments: read(SECOND_MOMENT),
      step: this.#step,
      batchesTracked: this.#batchesTracked,
    });
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
    loadTensors(this.#machine, compiled, tensors);
    this.#step = state.step;
    this.#batchesTracked = state.batchesTracked;
    this.#losses = [];
    return Promise.resolve();
  }

  close(): void {
    this.#onClose();
  }

  #floats(compiled: CompiledPlan, name: string): Float32Array<ArrayBufferLike> {
    const count = compiled.specs.get(name)!.shape.reduce((a, b) => a * b, 1);
    return new Float32Array(this.#machine.memory.buffer, compiled.address(name), count);
  }

  #fill(compiled: CompiledPlan, batch: Batch<Pixels>): void {
    inputView(this.#machine, compiled).set(batch.images);
    this.#floats(compiled, "mask").set(batch.masks);
  }

  #lossParts(compiled: CompiledPlan): LossParts {
    const [loss, bce, dice] = this.#floats(compiled, "loss");
    return { loss, bce, dice };
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

/** The plan for a batch's shape. */
function planFor(batch: Batch<Pixels>, plans: readonly CompiledPlan[]): CompiledPlan {
  const { n, height, width } = batch;
  const found = plans.find(({ specs }) => {
    const input = planInput(specs);
    return input.n === n && input.height === height && input.width === width;
  });
  if (!found) {
    throw new InputError(`no plan was made for batches of ${n} images of ${width}x${height}`);
  }
  const input = planInput(found.specs);
  checkPixels(input, batch.images);
  if (batch.images.length !== n * input.values || batch.masks.length !== n * height * width) {
    throw new InputError(`a batch of ${n} images of ${width}x${height} has the wrong length`);
  }
  return found;
}
