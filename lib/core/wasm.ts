/**
 * The compiled WebAssembly module and how to get at its kernels.
 *
 * @module
 */
import bytes from "../../kernels_as/build/kernels.wasm" with { type: "bytes" };

/** A kernel: numbers in (addresses, counts, factors), at most one number out. */
export type Kernel = (...args: number[]) => number;

/** The kernels by name. */
export type Kernels = Record<string, Kernel>;

/** The size of a WebAssembly page. */
export const PAGE_BYTES = 65536;

/** The most that a 32-bit memory can hold. */
export const MOST_MEMORY_BYTES = 65536 * PAGE_BYTES;

/** The compiled module; threads share it and bring their memory. */
export const kernelModule: WebAssembly.Module = new WebAssembly.Module(bytes);

/** A memory that every thread can see, growing up to `mostBytes`. */
export function sharedMemory(bytes: number, mostBytes = MOST_MEMORY_BYTES): WebAssembly.Memory {
  return new WebAssembly.Memory({
    initial: Math.max(1, Math.ceil(bytes / PAGE_BYTES)),
    maximum: Math.ceil(mostBytes / PAGE_BYTES),
    shared: true,
  });
}

/** The kernels, working on `memory`. */
export function instantiate(memory: WebAssembly.Memory): Kernels {
  const instance = new WebAssembly.Instance(kernelModule, { env: { memory } });
  return instance.exports as unknown as Kernels;
}
