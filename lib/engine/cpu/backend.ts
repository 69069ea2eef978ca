/**
 * The CPU as a backend: the WebAssembly SIMD kernels on all cores.
 *
 * @module
 */
import { bytes } from "../../core/bytes.ts";
import { InputError } from "../../core/errors.ts";
import { bestSimd, MOST_MEMORY_BYTES, type Simd } from "../../core/wasm.ts";
import type { Plan } from "../../plan/plan.ts";
import type { Backend, MemoryUse, PrepareOptions, Program } from "../backend.ts";
import { compile, mapMemory, memoryUse } from "./compile.ts";
import { Machine } from "./machine.ts";
import { measurePeak } from "./peak.ts";
import { CpuProgram } from "./program.ts";

export class CpuBackend implements Backend {
  readonly name = "cpu";
  readonly augments = false;
  readonly storesHalves = false;
  readonly adapter: string;
  readonly memoryLimit: number;
  readonly #threads: number;
  readonly #simd: Simd;
  /** The machine of brief programs, kept from one to the next. */
  #briefMachine: Promise<Machine> | undefined;

  constructor(threads: number, memoryLimit: number, simd: Simd = bestSimd()) {
    this.#threads = threads;
    this.#simd = simd;
    this.memoryLimit = memoryLimit;
    const kind = simd === "relaxed" ? "SIMD" : "SIMD without relaxed instructions";
    this.adapter = `WebAssembly ${kind}, ${threads} ${threads === 1 ? "thread" : "threads"}`;
  }

  memoryNeeded(plans: readonly Plan[]): MemoryUse {
    return memoryUse(mapMemory(plans, this.#threads));
  }

  canHold(bytes: number): Promise<boolean> {
    return Promise.resolve(bytes <= this.memoryLimit);
  }

  async prepare(
    plans: readonly Plan[],
    { brief = false }: PrepareOptions = {},
  ): Promise<Program> {
    const map = mapMemory(plans, this.#threads);
    if (map.bytes > this.memoryLimit) {
      throw new InputError(
        `this needs ${bytes(map.bytes)} of memory, and ${bytes(this.memoryLimit)} may be used`,
      );
    }
    const machine = brief ? await this.#keptMachine() : await this.#startMachine();
    const end = brief ? () => {} : () => machine.close();
    try {
      return new CpuProgram(machine, compile(map, machine), end);
    } catch (error) {
      end();
      throw error;
    }
  }

  async peak(): Promise<number> {
    return await measurePeak(await this.#keptMachine());
  }

  close(): void {
    // The caller that started the machine has received its error.
    this.#briefMachine?.then((machine) => machine.close(), () => {});
    this.#briefMachine = undefined;
  }

  #startMachine(): Promise<Machine> {
    return Machine.start(this.#threads, MOST_MEMORY_BYTES, this.#simd);
  }

  #keptMachine(): Promise<Machine> {
    return this.#briefMachine ??= this.#startMachine();
  }
}
