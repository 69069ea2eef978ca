/** The CPU engine. @module */
import { InputError } from "../../core/errors.ts";
import { MOST_MEMORY_BYTES } from "../../core/wasm.ts";
import { BackendEngine } from "../backend_engine.ts";
import type { Engine } from "../engine.ts";
import { CpuBackend } from "./backend.ts";

/** Options of {@linkcode createCpuEngine}. */
export interface CpuOptions {
  /** Number of threads, including the calling one; by default one per core. */
  readonly threads?: number;
  /** The most memory to use, in bytes; by default 4 GiB, the limit of 32-bit addresses. */
  readonly memoryLimit?: number;
}

/**
 * Makes the CPU engine.
 *
 * @throws {InputError} when `threads` is not a whole number from 1 to 256.
 */
export function createCpuEngine(options: CpuOptions = {}): Promise<Engine> {
  const threads = threadsOf(options);
  const memoryLimit = Math.min(options.memoryLimit ?? MOST_MEMORY_BYTES, MOST_MEMORY_BYTES);
  return Promise.resolve(new BackendEngine(new CpuBackend(threads, memoryLimit)));
}

/**
 * The number of threads that the options select.
 *
 * @throws {InputError} when it is not a whole number from 1 to 256.
 */
export function threadsOf({ threads = navigator.hardwareConcurrency || 1 }: CpuOptions): number {
  if (!Number.isInteger(threads) || threads < 1 || threads > 256) {
    throw new InputError(`threads is ${threads}; it must be a whole number from 1 to 256`);
  }
  return threads;
}
