/**
 * The interface of a device to its engine: a backend lays out plans in memory and runs them.
 * Trainers, predictors and profiles are written once, on top of it.
 *
 * @module
 */
import type { Tensor, TensorData, Tensors } from "../core/tensor.ts";
import type { Plan, Segment } from "../plan/plan.ts";
import type { StepKind } from "../plan/steps.ts";

/** Values read from a program: float32; float64 from the specification in tests/reference. */
export type Floats = Float32Array | Float64Array;

/** Bytes of memory by use. */
export interface MemoryUse {
  /** Parameters, running statistics, Adam's moments. */
  readonly persistent: number;
  /** Results of the setup that later runs use, such as transformed weights. */
  readonly kept: number;
  /** Private memory of all threads. */
  readonly scratch: number;
  /** Temporary memory, which the steps use in turns. */
  readonly workspace: number;
  /** Activations and gradients. */
  readonly arena: number;
  /** The sum, with records and alignment. */
  readonly total: number;
}

/** How plans are prepared. */
export interface PrepareOptions {
  /**
   * For short use: at most one such program exists at a time. A backend keeps costly resources
   * (threads) for the next one. It tunes nothing and ignores the user's limit of GPU memory.
   */
  readonly brief?: boolean;
}

/** A device with its kernels: the processor or a GPU. */
export interface Backend {
  readonly name: "cpu" | "gpu";
  /** The device's name for people: "WebAssembly SIMD, 2 threads". */
  readonly adapter: string;
  /** The most memory that a program may use, in bytes. */
  readonly memoryLimit: number;
  /** Whether plans may have the step `augment`. */
  readonly augments: boolean;
  /** Whether plans may store maps as 16-bit floats and scale the loss. */
  readonly storesHalves: boolean;
  /** The memory that one program of these plans needs. */
  memoryNeeded(plans: readonly Plan[]): MemoryUse;
  /** Whether `bytes` bytes can be allocated now. */
  canHold(bytes: number): Promise<boolean>;
  /**
   * Gives every tensor of the plans a place in memory, filled with zeros, and lowers their steps.
   * The plans share their persistent tensors. All other tensors lie in one arena, in which the
   * plans take turns.
   *
   * @throws {InputError} when the plans need more than the limit.
   * @throws {OutOfMemoryError} when the GPU has less memory than they need.
   */
  prepare(plans: readonly Plan[], options?: PrepareOptions): Promise<Program>;
  /** Measures the peak in FLOP/s; absent where it cannot be measured. */
  peak?(): Promise<number>;
  /** Frees shared resources once the last program is closed. */
  close(): void;
}

/**
 * Plans, ready to run. Plans are named by their index, tensors by their names. Calls must not
 * overlap.
 */
export interface Program {
  readonly plans: readonly Plan[];
  /**
   * Writes row-major values into a tensor. Zeros follow where the values are too few.
   *
   * @throws {InputError} when the plan has no such tensor.
   */
  write(plan: number, tensor: string, values: TensorData): void;
  /**
   * Writes bytes into the plan's tensor `mask` of floats, each as a 255th (`UNIT_OF_BYTE`), to the
   * bit what {@linkcode write} makes of these floats.
   */
  writeMask(plan: number, bytes: Uint8Array): void;
  /**
   * Runs segments of a plan, by default all but its setup. A GPU may still compute when the promise
   * resolves.
   */
  run(plan: number, segments?: readonly Segment[]): Promise<void>;
  /**
   * Reads tensors as row-major values.
   *
   * @throws {InputError} when the plan has no such tensor.
   */
  read(plan: number, tensors: readonly string[]): Promise<Tensors<Floats>>;
  /**
   * Begins to read tensors while later calls run, none of which may change them. The function that
   * it returns waits for the values.
   *
   * @throws {InputError} when the plan has no such tensor.
   */
  readLater(plan: number, tensors: readonly string[]): () => Promise<Tensors<Floats>>;
  /**
   * Takes the values that a tensor has after all calls so far, and waits for them only in the
   * function that it returns: later calls may change the tensor. A GPU holds one tensor that was
   * taken, so the values before are waited for here.
   *
   * @throws {InputError} when the plan has no such tensor.
   */
  take(plan: number, tensor: string): Promise<() => Promise<Tensor<Floats>>>;
  /**
   * Logs the values that a small tensor has after all calls so far, without waiting for them.
   */
  log(plan: number, tensor: string): Promise<void>;
  /** All values logged and not taken before, in order. */
  takeLog(): Promise<Floats[]>;
  /** Those of them that are known without waiting; the others are taken later. */
  knownLog(): Floats[];
  /** Runs a plan, all but its setup; returns milliseconds by kind of step. */
  timeKinds(plan: number): Promise<Map<StepKind, number>>;
  /** Bytes of a tensor in this backend's layout. */
  bytesOf(plan: number, tensor: string): number;
  /** Frees the memory. */
  close(): void;
}

/** A tensor as float32; it is copied only if it is float64. */
export function toFloat32({ shape, data }: Tensor<Floats>): Tensor<Float32Array> {
  return { shape, data: data instanceof Float32Array ? data : Float32Array.from(data) };
}
