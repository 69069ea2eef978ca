/**
 * The memory of the image kernels. Inputs are copied in, results are copied out. The memory grows
 * on demand and is released after an unusually large image.
 *
 * @module
 */
import {
  instantiateFunctions,
  type NamedFunctions,
  PAGE_BYTES,
  sharedMemory,
} from "../core/wasm.ts";

/** The kernels and their memory, valid during one call of {@linkcode withPixelMemory}. */
export interface PixelMemory {
  readonly kernels: NamedFunctions;
  readonly bytes: Uint8Array;
  readonly words: Int32Array;
}

const FIRST_BYTES = 1024 * 1024;

/** A memory that has grown beyond this is released after use. */
const KEPT_BYTES = 64 * 1024 * 1024;

let kept: { memory: WebAssembly.Memory; kernels: NamedFunctions } | undefined;

/**
 * Calls `use` with a memory of at least `needed` bytes of arbitrary content. The result must not be
 * a view of that memory. Calls must not be nested.
 */
export function withPixelMemory<Result>(
  needed: number,
  use: (memory: PixelMemory) => Result,
): Result {
  kept ??= start();
  const { memory, kernels } = kept;
  const missing = needed - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / PAGE_BYTES));
  const { buffer } = memory;
  if (buffer.byteLength > KEPT_BYTES) kept = undefined;
  return use({ kernels, bytes: new Uint8Array(buffer), words: new Int32Array(buffer) });
}

function start() {
  const memory = sharedMemory(FIRST_BYTES);
  return { memory, kernels: instantiateFunctions(memory) };
}
