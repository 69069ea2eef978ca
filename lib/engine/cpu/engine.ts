/**
 * The CPU engine: our WebAssembly SIMD kernels on all cores.
 *
 * @module
 */
import { InputError } from "../../core/errors.ts";
import type { Tensors } from "../../core/tensor.ts";
import { bytes } from "../../core/bytes.ts";
import type { Engine, Predictor, Trainer, TrainingPlans, TrainingState } from "../engine.ts";
import type { Plan } from "../../plan/plan.ts";
import { MOST_MEMORY_BYTES } from "../../core/wasm.ts";
import { pack, unpack } from "./layout.ts";
import { Machine } from "./machine.ts";
import { compile, mapMemory, type MemoryMap } from "./program.ts";
import { CpuPredictor } from "./predictor.ts";
import { CpuTrainer } from "./trainer.ts";

/** Choices of {@linkcode createCpuEngine}. */
export interface CpuOptions {
  /** Threads, the calling one among them; by default all cores. */
  readonly threads?: number;
  /** The most memory to use, in bytes; by default what 32 bits can address, 4 GiB. */
  readonly memoryLimit?: number;
}

/** Makes the CPU engine. */
export function createCpuEngine(options: CpuOptions = {}): Promise<Engine> {
  const threads = threadsOf(options);
  const memoryLimit = Math.min(options.memoryLimit ?? MOST_MEMORY_BYTES, MOST_MEMORY_BYTES);
  return Promise.resolve(new CpuEngine(threads, memoryLimit));
}

/** How many threads the options ask for; throws `InputError` for a number that is of no use. */
export function threadsOf({ threads = navigator.hardwareConcurrency || 1 }: CpuOptions): number {
  if (!Number.isInteger(threads) || threads < 1 || threads > 256) {
    throw new InputError(`threads is ${threads}; it must be a whole number from 1 to 256`);
  }
  return threads;
}

/** The engine in words. */
export function adapterOf(threads: number): string {
  return `WebAssembly SIMD, ${threads} ${threads === 1 ? "thread" : "threads"}`;
}

class CpuEngine implements Engine {
  readonly name = "cpu";
  readonly adapter: string;
  readonly memoryLimit: number;
  readonly #threads: number;
  /** Machines to close with the engine. */
  readonly #machines = new Set<Machine>();
  /** The machine of runSteps, kept from call to call. */
  #stepMachine: Promise<Machine> | undefined;

  constructor(threads: number, memoryLimit: number) {
    this.#threads = threads;
    this.memoryLimit = memoryLimit;
    this.adapter = adapterOf(threads);
  }

  memoryNeeded(plans: readonly Plan[]): number {
    return mapMemory(plans, this.#threads).bytes;
  }

  canHold(bytes: number): Promise<boolean> {
    return Promise.resolve(bytes <= this.memoryLimit);
  }

  async trainer(plans: TrainingPlans, state: TrainingState): Promise<Trainer> {
    const map = this.#map([...plans.train, ...plans.evaluate]);
    const machine = await this.#start();
    const compiled = compile(map, machine);
    const train = compiled.slice(0, plans.train.length);
    const evaluate = compiled.slice(plans.train.length);
    const trainer = new CpuTrainer(machine, train, evaluate, () => this.#end(machine));
    await trainer.load(state);
    return trainer;
  }

  async predictor(plan: Plan, weights: Tensors): Promise<Predictor> {
    const map = this.#map([plan]);
    const machine = await this.#start();
    const [compiled] = compile(map, machine);
    return await CpuPredictor.make(machine, compiled, weights, () => this.#end(machine));
  }

  async runSteps(plan: Plan, tensors: Tensors, wanted: readonly string[]): Promise<Tensors> {
    const map = this.#map([plan]);
    this.#stepMachine ??= this.#start();
    const machine = await this.#stepMachine;
    const [compiled] = compile(map, machine);
    for (const [name, { data }] of Object.entries(tensors)) {
      const spec = compiled.specs.get(name);
      if (!spec) throw new InputError(`the plan has no tensor ${name}`);
      pack(spec, data, machine.memory.buffer, compiled.address(name));
    }
    await machine.run([...compiled.setup, ...compiled.steps]);
    return Object.fromEntries(wanted.map((name) => {
      const spec = compiled.specs.get(name);
      if (!spec) throw new InputError(`the plan has no tensor ${name}`);
      const data = unpack(spec, machine.memory.buffer, compiled.address(name));
      return [name, { shape: spec.shape, data }];
    }));
  }

  close(): void {
    for (const machine of this.#machines) machine.close();
    this.#machines.clear();
    this.#stepMachine = undefined;
  }

  #map(plans: readonly Plan[]): MemoryMap {
    const map = mapMemory(plans, this.#threads);
    if (map.bytes > this.memoryLimit) {
      throw new InputError(
        `this needs ${bytes(map.bytes)} of memory, and ${bytes(this.memoryLimit)} may be used`,
      );
    }
    return map;
  }

  async #start(): Promise<Machine> {
    const machine = await Machine.start(this.#threads, MOST_MEMORY_BYTES);
    this.#machines.add(machine);
    return machine;
  }

  #end(machine: Machine): void {
    machine.close();
    this.#machines.delete(machine);
  }
}
