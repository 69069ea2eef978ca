/**
 * The GPU engine: our WGSL kernels on `navigator.gpu`.
 *
 * @module
 */
import { InputError, OutOfMemoryError } from "../../core/errors.ts";
import type { Tensors } from "../../core/tensor.ts";
import { bytes } from "../../core/bytes.ts";
import type { Engine, Predictor, Trainer, TrainingPlans, TrainingState } from "../engine.ts";
import type { Plan } from "../../plan/plan.ts";
import { Gpu, gpuAdapterOf, noAdapter } from "./adapter.ts";
import { type GpuLimits } from "./limits.ts";
import { Machine } from "./machine.ts";
import { Memory } from "./memory.ts";
import { Pipelines } from "./pipelines.ts";
import { GpuPredictor } from "./predictor.ts";
import { mapMemory } from "./program.ts";
import { Runner } from "./runner.ts";
import { GpuTrainer } from "./trainer.ts";
import {
  type Choices,
  choicesIn,
  tune,
  tuningKey,
  type TuningOptions,
  withChoices,
} from "./tuning.ts";

/** Choices of {@linkcode createGpuEngine}. */
export interface GpuOptions {
  /** The adapter; by default the one that the platform prefers. */
  readonly adapter?: GPUAdapter;
  /**
   * The most memory to use, in bytes. WebGPU does not tell how much a GPU has: by default it is not bounded, except on
   * software adapters, which take the processor's memory: 4 GiB.
   */
  readonly gpuMemory?: number;
  /** Measure variants of kernels on this adapter before the first use, and remember which is fastest; by default not. */
  readonly tuning?: TuningOptions | undefined;
  /** Limits below the adapter's own, for tests. */
  readonly limits?: Partial<GpuLimits>;
}

/** Makes the GPU engine. Throws `DeviceError` where there is no adapter or it cannot be opened. */
export async function createGpuEngine(options: GpuOptions = {}): Promise<Engine> {
  const adapter = options.adapter ?? await gpuAdapterOf();
  if (!adapter) throw noAdapter();
  const gpu = await Gpu.open(adapter, options.limits);
  const memoryLimit = options.gpuMemory ?? (gpu.software ? 2 ** 32 : Infinity);
  return new GpuEngine(gpu, memoryLimit, options.tuning);
}

class GpuEngine implements Engine {
  readonly name = "gpu";
  readonly adapter: string;
  readonly memoryLimit: number;
  readonly #gpu: Gpu;
  readonly #pipelines: Pipelines;
  readonly #runner: Runner;
  readonly #tuning: TuningOptions | undefined;
  /** The variants that this adapter prefers; undefined before they are looked up. */
  #choices: Choices | undefined;

  constructor(gpu: Gpu, memoryLimit: number, tuning: TuningOptions | undefined) {
    this.#tuning = tuning;
    this.#gpu = gpu;
    this.#pipelines = new Pipelines(gpu.device);
    this.#runner = new Runner(gpu);
    this.adapter = gpu.adapter;
    this.memoryLimit = memoryLimit;
  }

  memoryNeeded(plans: readonly Plan[]): number {
    return mapMemory(plans, this.#gpu.limits).bytes;
  }

  async canHold(bytes: number): Promise<boolean> {
    if (bytes > this.memoryLimit) return false;
    try {
      (await Memory.make(this.#gpu, bytes)).close();
      return true;
    } catch (error) {
      if (error instanceof OutOfMemoryError) return false;
      throw error;
    }
  }

  async trainer(plans: TrainingPlans, state: TrainingState): Promise<Trainer> {
    const all = [...plans.train, ...plans.evaluate];
    await this.#tune(all);
    const machine = await this.#machine(all);
    const trainer = new GpuTrainer(machine, plans.train.length);
    await trainer.load(state);
    return trainer;
  }

  async predictor(plan: Plan, weights: Tensors): Promise<Predictor> {
    await this.#tune([plan]);
    return await GpuPredictor.make(await this.#machine([plan]), weights);
  }

  async runSteps(plan: Plan, tensors: Tensors, wanted: readonly string[]): Promise<Tensors> {
    // Single steps: an adapter is examined under any limit.
    const machine = await this.#machine([plan], Infinity);
    try {
      const [compiled] = machine.plans;
      for (const [name, { data }] of Object.entries(tensors)) machine.write(compiled, name, data);
      await this.#runner.run([...compiled.setup, ...compiled.steps]);
      return await machine.read(compiled, wanted);
    } finally {
      machine.close();
    }
  }

  close(): void {
    this.#gpu.close();
  }

  /** Looks up which variants are fastest for these plans, and measures what is not known. */
  async #tune(plans: readonly Plan[]): Promise<void> {
    if (!this.#tuning || this.memoryNeeded(plans) > this.memoryLimit) return;
    const { store } = this.#tuning;
    const key = tuningKey(this.#gpu);
    this.#choices ??= choicesIn(await store.read(), key);
    const added = await tune(this.#gpu, plans, this.#choices, this.#tuning);
    this.#gpu.check();
    if (added) await store.write(withChoices(await store.read(), key, this.#choices));
  }

  async #machine(plans: readonly Plan[], limit = this.memoryLimit): Promise<Machine> {
    this.#gpu.check();
    const variantOf = (shape: string) => this.#choices?.get(shape);
    const map = mapMemory(plans, { variantOf, ...this.#gpu.limits });
    if (map.bytes > limit) {
      throw new InputError(
        `this needs ${bytes(map.bytes)} of GPU memory, and ${bytes(limit)} may be used`,
      );
    }
    return await Machine.make(this.#gpu, this.#pipelines, this.#runner, map);
  }
}
