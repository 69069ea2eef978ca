/**
 * What users get of an engine: trainers and predictors of whole networks, described by plans;
 * single operations only through {@linkcode Engine.runSteps}. What an engine is made of:
 * backend.ts.
 *
 * Nothing here or below uses `Deno.*`, files, or a blocking wait on the calling thread, so that the
 * same code can run in a browser page.
 *
 * @module
 */
import type { Batch, OverlapCounts, Pixels } from "../core/batch.ts";
import type { Tensors } from "../core/tensor.ts";
import type { LossTermKind } from "../plan/losses.ts";
import type { Plan } from "../plan/plan.ts";
import type { Profile } from "./profile.ts";

/**
 * Makes what computes. Nothing of it can be used after {@linkcode close}: calls are then refused.
 */
export interface Engine {
  readonly name: "cpu" | "gpu";
  /** In words: "WebAssembly SIMD, 2 threads". */
  readonly adapter: string;
  /** The most memory that this engine may use, in bytes. */
  readonly memoryLimit: number;
  /** The memory that these plans need together, in bytes (they share one arena). */
  memoryNeeded(plans: readonly Plan[]): number;
  /**
   * Whether so many bytes can be had now. A GPU tells only by giving them: they are taken and given
   * back.
   */
  canHold(bytes: number): Promise<boolean>;
  /**
   * Makes a trainer. Throws `InputError` when the plans do not fit into the memory limit,
   * `OutOfMemoryError` when the GPU has less memory than that.
   */
  trainer(plans: TrainingPlans, state: TrainingState): Promise<Trainer>;
  /** Makes a predictor from a state_dict. Throws `InputError` when the plan does not fit. */
  predictor(plan: Plan, weights: Tensors): Promise<Predictor>;
  /**
   * Runs a plan once on given tensors (logical layout, by name) and returns those that are wanted.
   * Tensors that are neither given nor written by a step before they are read count as zero.
   */
  runSteps(plan: Plan, tensors: Tensors, wanted: readonly string[]): Promise<Tensors>;
  /**
   * Runs a plan `runs` times, all but its setup, on tensors given as for {@linkcode runSteps}, and
   * tells where time and memory go. Tensors that the plan lacks are left out. Throws `DeviceError`
   * where a GPU has no timestamps.
   */
  profile(plan: Plan, tensors: Tensors, options: { readonly runs: number }): Promise<Profile>;
  /**
   * Closes its trainers and predictors, and ends the workers or the device as soon as none of them
   * computes.
   */
  close(): void;
}

/** One plan per batch size that occurs; all run on the same weights. */
export interface TrainingPlans {
  readonly train: readonly Plan[];
  readonly evaluate: readonly Plan[];
}

/** The loss of one batch: the sum of its terms, each times its weight. */
export interface LossParts {
  readonly loss: number;
  /** The value of each term, without its weight, by its kind: `bce`, `dice`. */
  readonly terms: Readonly<Partial<Record<LossTermKind, number>>>;
}

/** What {@linkcode Trainer.evaluate} finds for a batch. */
export interface Evaluation extends LossParts {
  readonly images: readonly OverlapCounts[];
}

/** Everything that the next training step depends on, apart from the data. */
export interface TrainingState {
  /** The float entries of the state_dict, by PyTorch's names. */
  readonly weights: Tensors<Float32Array>;
  /**
   * What the optimiser remembers: by slot, then by parameter name. Absent in a fresh state (zeros).
   */
  readonly slots?: Readonly<Record<string, Tensors<Float32Array>>>;
  /** How many steps the optimiser has made. */
  readonly step: number;
  /** How many batches each batch norm has seen (`num_batches_tracked`). */
  readonly batchesTracked: number;
}

/**
 * Trains one network. Calls that overlap run in the order in which they are made; what they are
 * given must not change before they end.
 */
export interface Trainer {
  /**
   * Forward, backward, one step of the optimiser. Yields to the event loop at least every 100 ms.
   */
  step(batch: Batch<Pixels>, options: { readonly learningRate: number }): Promise<void>;
  /** The losses of the steps since the last call, in order. */
  losses(): Promise<LossParts[]>;
  /** Loss and overlaps with the running statistics; nothing is changed. */
  evaluate(batch: Batch<Pixels>): Promise<Evaluation>;
  /** Logits `[n, classes, h, w]` with the running statistics; nothing is changed. */
  logits(batch: Batch<Pixels>): Promise<Float32Array>;
  state(): Promise<TrainingState>;
  load(state: TrainingState): Promise<void>;
  /**
   * Refuses all further calls and those that wait, and frees the memory once the call that runs has
   * ended.
   */
  close(): void;
}

/**
 * Runs one network forward. Calls that overlap run in the order in which they are made, as a
 * trainer's.
 */
export interface Predictor {
  /**
   * Grey bytes `[n, h, w]` or floats `[n, c, h, w]` in, logits `[n, classes, h, w]` out; n at most
   * the plan's batch. Throws `InputError` for another length, or bytes where the plan reads floats.
   */
  run(images: Pixels, n: number): Promise<Float32Array>;
  /** As a trainer's. */
  close(): void;
}
