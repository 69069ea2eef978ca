/**
 * What an engine is below its trainers and predictors: it lays out plans in its memory and runs
 * them. Everything else is written once, above this line.
 *
 * @module
 */
import type { Tensor, TensorData, Tensors } from "../core/tensor.ts";
import type { Plan, Segment } from "../plan/plan.ts";
import type { StepKind } from "../plan/steps.ts";

/**
 * Numbers that come out of a program: float32, or float64 from the specification in
 * tests/reference.
 */
export type Floats = Float32Array | Float64Array;

/** Bytes of memory by their use. */
export interface MemoryUse {
  /** Parameters, statistics, Adam's moments. */
  readonly persistent: number;
  /** What steps keep from the setup on, such as transformed weights. */
  readonly kept: number;
  /** Each thread's own. */
  readonly scratch: number;
  /** What the steps take in turns. */
  readonly workspace: number;
  /** Activations and gradients. */
  readonly arena: number;
  /** All of it, with records and alignment. */
  readonly total: number;
}

/** How plans are prepared. */
export interface PrepareOptions {
  /**
   * For a short use: one such program at a time, and what is costly to make (threads) is kept for
   * the next. Nothing is tuned, and the user's limit of GPU memory is not asked.
   */
  readonly brief?: boolean;
}

/** A device, or the processor, and the kernels for it. */
export interface Backend {
  readonly name: "cpu" | "gpu";
  /** In words: "WebAssembly SIMD, 2 threads". */
  readonly adapter: string;
  /** The most memory that programs may use, in bytes. */
  readonly memoryLimit: number;
  /** The memory that these plans need together. */
  memoryNeeded(plans: readonly Plan[]): MemoryUse;
  /** Whether so many bytes can be had now. */
  canHold(bytes: number): Promise<boolean>;
  /**
   * Gives every tensor of the plans a place in memory, which then holds zeros, and makes all that
   * their steps need. The plans share their persistent tensors; all others lie in one arena, in
   * which the plans take turns.
   *
   * @throws {InputError} when they need more than the limit.
   * @throws {OutOfMemoryError} when the GPU has less memory than that.
   */
  prepare(plans: readonly Plan[], options?: PrepareOptions): Promise<Program>;
  /** The most FLOP/s that it can do, measured; absent where that cannot be told. */
  peak?(): Promise<number>;
  /** Frees what programs share, once the last of them is closed. */
  close(): void;
}

/**
 * Plans, ready to run. Plans are named by their index, tensors by their names. Calls must not
 * overlap.
 */
export interface Program {
  readonly plans: readonly Plan[];
  /**
   * Writes row-major values into a tensor; if they are too few, zeros follow.
   *
   * @throws {InputError} when the plan has no such tensor.
   */
  write(plan: number, tensor: string, values: TensorData): void;
  /**
   * Runs segments of a plan, by default all but its setup. A GPU may still be at work when this
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
   * Notes the value that a small tensor has now, behind all that was run so far, without reading it
   * back.
   */
  log(plan: number, tensor: string): Promise<void>;
  /** What was noted since the last call, in order. */
  takeLog(): Promise<Floats[]>;
  /** Runs a plan, all but its setup, and gives the milliseconds by the kind of step. */
  timeKinds(plan: number): Promise<Map<StepKind, number>>;
  /** Bytes of a tensor in this backend's layout. */
  bytesOf(plan: number, tensor: string): number;
  /** Frees the memory. */
  close(): void;
}

/** A tensor's values as float32; not copied where they are. */
export function toFloat32({ shape, data }: Tensor<Floats>): Tensor<Float32Array> {
  return { shape, data: data instanceof Float32Array ? data : Float32Array.from(data) };
}
