/**
 * The GPU engine: our WGSL kernels on `navigator.gpu`.
 *
 * @module
 */
import { InputError } from "../../errors.ts";
import type { Tensors } from "../../tensor.ts";
import { bytes } from "../bytes.ts";
import type { Engine, Predictor, Trainer, TrainingPlans, TrainingState } from "../engine.ts";
import type { Plan } from "../plan.ts";
import { Gpu, gpuAdapterOf, type GpuLimits, noAdapter } from "./adapter.ts";
import { Machine } from "./machine.ts";
import { Pipelines } from "./pipelines.ts";
import { GpuPredictor } from "./predictor.ts";
import { mapMemory } from "./program.ts";
import { Runner } from "./runner.ts";
import { GpuTrainer } from "./trainer.ts";

/** Choices of {@linkcode createGpuEngine}. */
export interface GpuOptions {
  /** The adapter; by default the one that the platform prefers. */
  readonly adapter?: GPUAdapter;
  /**
   * The most memory to use, in bytes. WebGPU does not tell how much a GPU has: by default it is not bounded, except on
   * software adapters, which take the processor's memory: 4 GiB.
   */
  readonly gpuMemory?: number;
  /** Limits below the adapter's own, for tests. */
  readonly limits?: Partial<GpuLimits>;
}

/** Makes the GPU engine. Throws `DeviceError` where there is no adapter or it cannot be opened. */
export async function createGpuEngine(options: GpuOptions = {}): Promise<Engine> {
  const adapter = options.adapter ?? await gpuAdapterOf();
  if (!adapter) throw noAdapter();
  const gpu = await Gpu.open(adapter, options.limits);
  return new GpuEngine(gpu, options.gpuMemory ?? (gpu.software ? 2 ** 32 : Infinity));
}

class GpuEngine implements Engine {
  readonly name = "gpu";
  readonly adapter: string;
  readonly memoryLimit: number;
  readonly #gpu: Gpu;
  readonly #pipelines: Pipelines;
  readonly #runner: Runner;

  constructor(gpu: Gpu, memoryLimit: number) {
    this.#gpu = gpu;
    this.#pipelines = new Pipelines(gpu.device);
    this.#runner = new Runner(gpu);
    this.adapter = gpu.adapter;
    this.memoryLimit = memoryLimit;
  }

  memoryNeeded(plans: readonly Plan[]): number {
    return mapMemory(plans, this.#gpu.limits).bytes;
  }

  async trainer(plans: TrainingPlans, state: TrainingState): Promise<Trainer> {
    const machine = await this.#machine([...plans.train, ...plans.evaluate]);
    const trainer = new GpuTrainer(machine, plans.train.length);
    await trainer.load(state);
    return trainer;
  }

  async predictor(plan: Plan, weights: Tensors): Promise<Predictor> {
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

  async #machine(plans: readonly Plan[], limit = this.memoryLimit): Promise<Machine> {
    this.#gpu.check();
    const map = mapMemory(plans, this.#gpu.limits);
    if (map.bytes > limit) {
      throw new InputError(
        `this needs ${bytes(map.bytes)} of GPU memory, and ${bytes(limit)} may be used`,
      );
    }
    return await Machine.make(this.#gpu, this.#pipelines, this.#runner, map);
  }
}
