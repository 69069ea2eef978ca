/**
 * A GPU as a backend: the WGSL kernels on `navigator.gpu`.
 *
 * @module
 */
import { bytes } from "../../core/bytes.ts";
import { InputError, OutOfMemoryError } from "../../core/errors.ts";
import { planFlops } from "../../plan/flops.ts";
import type { Plan } from "../../plan/plan.ts";
import type { Backend, MemoryUse, PrepareOptions, Program } from "../backend.ts";
import { Gpu } from "./adapter.ts";
import { mapMemory, memoryUse } from "./compile.ts";
import { Memory } from "./memory.ts";
import { Pipelines } from "./pipelines.ts";
import { GpuProgram } from "./program.ts";
import { measureRate } from "./rate.ts";
import { Runner, type Time } from "./runner.ts";
import {
  type Choices,
  choicesIn,
  rateIn,
  tune,
  tuningKey,
  type TuningOptions,
  withChoices,
  withRate,
} from "./tuning.ts";

export class GpuBackend implements Backend {
  readonly name = "gpu";
  readonly augments = true;
  readonly storesHalves = true;
  readonly adapter: string;
  readonly memoryLimit: number;
  readonly gpu: Gpu;
  readonly #pipelines: Pipelines;
  readonly #runner: Runner;
  readonly #tuning: TuningOptions | undefined;
  /** The variants that this adapter prefers; undefined before they are looked up. */
  #choices: Choices | undefined;
  readonly #programs = new Set<Program>();
  #closing = false;

  /** @param time The clock by which work is submitted; tests have one of their own. */
  constructor(gpu: Gpu, memoryLimit: number, tuning?: TuningOptions, time?: Time) {
    this.#tuning = tuning;
    this.gpu = gpu;
    this.#pipelines = new Pipelines(gpu.device);
    this.#runner = new Runner(gpu, time);
    this.adapter = gpu.adapter;
    this.memoryLimit = memoryLimit;
  }

  memoryNeeded(plans: readonly Plan[]): MemoryUse {
    return memoryUse(mapMemory(plans, this.gpu.limits));
  }

  async canHold(bytes: number): Promise<boolean> {
    if (bytes > this.memoryLimit) return false;
    try {
      // WebGPU has no query for free memory, so the buffers are allocated and destroyed.
      (await Memory.make(this.gpu, bytes)).close();
      return true;
    } catch (error) {
      if (error instanceof OutOfMemoryError) return false;
      throw error;
    }
  }

  async prepare(
    plans: readonly Plan[],
    { brief = false }: PrepareOptions = {},
  ): Promise<Program> {
    await this.#learnRate(plans);
    if (!brief) await this.#tune(plans);
    this.gpu.check();
    const variantOf = (family: string) => this.#choices?.get(family);
    const map = mapMemory(plans, { variantOf, ...this.gpu.limits });
    // The self-test (brief programs) runs under any limit.
    if (!brief && map.bytes > this.memoryLimit) {
      throw new InputError(
        `this needs ${bytes(map.bytes)} of GPU memory, and ${bytes(this.memoryLimit)} may be used`,
      );
    }
    const shared = { gpu: this.gpu, pipelines: this.#pipelines, runner: this.#runner };
    const program = await GpuProgram.make(shared, map, (program) => {
      this.#programs.delete(program);
      this.#endIfUnused();
    });
    this.#programs.add(program);
    return program;
  }

  close(): void {
    this.#closing = true;
    this.#endIfUnused();
  }

  #endIfUnused(): void {
    if (this.#closing && this.#programs.size === 0) this.gpu.close();
  }

  /**
   * Looks up the adapter's rate, or measures it, when one of these plans is large enough to be cut
   * otherwise. The self-test, whose plans are small, therefore runs without it.
   */
  async #learnRate(plans: readonly Plan[]): Promise<void> {
    const isLarge = plans.some((plan) => planFlops(plan) > this.gpu.limits.dispatchFlops);
    if (!this.gpu.needsRate || !isLarge) return;
    const store = this.#tuning?.store;
    const key = tuningKey(this.gpu);
    const known = rateIn(await store?.read(), key);
    const rate = known ?? await measureRate(this.gpu, this.#pipelines);
    if (rate === undefined) return;
    this.gpu.learnRate(rate);
    if (known === undefined) await store?.write(withRate(await store.read(), key, rate));
  }

  /** Looks up which variants are fastest for these plans, and measures unknown families. */
  async #tune(plans: readonly Plan[]): Promise<void> {
    if (!this.#tuning || this.memoryNeeded(plans).total > this.memoryLimit) return;
    const { store } = this.#tuning;
    const key = tuningKey(this.gpu);
    this.#choices ??= choicesIn(await store.read(), key);
    const added = await tune(this.gpu, plans, this.#choices, this.#tuning);
    this.gpu.check();
    if (added) await store.write(withChoices(await store.read(), key, this.#choices));
  }
}
