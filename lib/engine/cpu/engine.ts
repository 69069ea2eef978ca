/** The CPU engine. @module */
import { InputError } from "../../core/errors.ts";
import { MOST_MEMORY_BYTES } from "../../core/wasm.ts";
import { BackendEngine } from "../backend_engine.ts";
import type { Engine } from "../engine.ts";
import { CpuBackend } from "./backend.ts";

/** Choices of {@linkcode createCpuEngine}. */
export interface CpuOptions {
  /** Threads, the calling one among them; by default all cores. */
  readonly threads?: number;
  /** The most memory to use, in bytes; by default what 32 bits can address, 4 GiB. */
  readonly memoryLimit?: number;
}

/** Makes the CPU engine. Throws `InputError` for a number of threads that is of no use. */
export function createCpuEngine(options: CpuOptions = {}): Promise<Engine> {
  const threads = threadsOf(options);
  const memoryLimit = Math.min(options.memoryLimit ?? MOST_MEMORY_BYTES, MOST_MEMORY_BYTES);
  return Promise.resolve(new BackendEngine(new CpuBackend(threads, memoryLimit)));
}

/** How many threads the options ask for; throws `InputError` for a number that is of no use. */
export function threadsOf({ threads = navigator.hardwareConcurrency || 1 }: CpuOptions): number {
  if (!Number.isInteger(threads) || threads < 1 || threads > 256) {
    throw new InputError(`threads is ${threads}; it must be a whole number from 1 to 256`);
  }
  return threads;
}
