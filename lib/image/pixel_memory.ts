/**
 * The memory in which the image kernels work: inputs are copied in, results out, nothing stays. It
 * grows to what an image needs and is given up after an unusually large one.
 *
 * @module
 */
import {
  instantiateFunctions,
  type NamedFunctions,
  PAGE_BYTES,
  sharedMemory,
} from "../core/wasm.ts";

/** The kernels and their memory, valid during one {@linkcode withPixelMemory}. */
export interface PixelMemory {
  readonly kernels: NamedFunctions;
  readonly bytes: Uint8Array;
  readonly words: Int32Array;
}

const FIRST_BYTES = 1024 * 1024;

/** A memory that has grown beyond this is given up after use. */
const KEPT_BYTES = 64 * 1024 * 1024;

let kept: { memory: WebAssembly.Memory; kernels: NamedFunctions } | undefined;

/**
 * Lets `use` work in a memory of at least `needed` bytes with anything in it. What it returns must
 * not be a view of that memory. Calls must not be nested.
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
