/**
 * The public interface of an engine: trainers and predictors of whole networks, described by plans.
 * {@linkcode Engine.runSteps} runs single operations. backend.ts has the interface of the devices
 * below.
 *
 * No engine uses `Deno.*`, files, or a blocking wait on the calling thread, so the same code can
 * run in a browser page.
 *
 * @module
 */
import type { Batch, MaskValues, OverlapCounts, Pixels, RawBatch } from "../core/batch.ts";
import type { Tensors } from "../core/tensor.ts";
import type { LossScale } from "../plan/loss_scaling.ts";
import type { Plan } from "../plan/plan.ts";
import type { Profile } from "./profile.ts";

/**
 * Makes trainers and predictors on one device. After {@linkcode close}, they and the engine refuse
 * all calls.
 */
export interface Engine {
  readonly name: "cpu" | "gpu";
  /** The device's name for people: "WebAssembly SIMD, 2 threads". */
  readonly adapter: string;
  /** The most memory that this engine may use, in bytes. */
  readonly memoryLimit: number;
  /** Whether plans may have the step `augment`. */
  readonly augments: boolean;
  /** Whether plans may store maps as 16-bit floats and scale the loss. */
  readonly storesHalves: boolean;
  /** Bytes of memory for a trainer or predictor of these plans, which share one arena. */
  memoryNeeded(plans: readonly Plan[]): number;
  /**
   * Whether `bytes` bytes can be allocated now. WebGPU does not report free memory, so a GPU
   * allocates and frees them.
   */
  canHold(bytes: number): Promise<boolean>;
  /**
   * Makes a trainer.
   *
   * @throws {InputError} when the plans do not fit into the memory limit.
   * @throws {OutOfMemoryError} when the GPU has less memory than they need.
   */
  trainer(plans: TrainingPlans, state: TrainingState): Promise<Trainer>;
  /**
   * Makes a predictor from a state_dict.
   *
   * @throws {InputError} when the plan does not fit into the memory limit.
   * @throws {OutOfMemoryError} when the GPU has less memory than it needs.
   */
  predictor(plan: Plan, weights: Tensors): Promise<Predictor>;
  /**
   * Runs a plan once, setup included, on tensors by name (row-major) and returns the `wanted` ones.
   * Tensors that are not given are zero until a step writes them.
   */
  runSteps(plan: Plan, tensors: Tensors, wanted: readonly string[]): Promise<Tensors>;
  /**
   * Runs a plan `runs` times, all but its setup, on tensors as for {@linkcode runSteps}; returns
   * time and memory by use. Tensors that the plan lacks are ignored.
   *
   * @throws {DeviceError} when a GPU has no timestamps.
   */
  profile(plan: Plan, tensors: Tensors, options: { readonly runs: number }): Promise<Profile>;
  /**
   * Closes the engine's trainers and predictors. Workers or device end when the last running call
   * has ended.
   */
  close(): void;
}

/** One plan for each batch size that occurs; all use the same weights. */
export interface TrainingPlans {
  readonly train: readonly Plan[];
  readonly evaluate: readonly Plan[];
}

/** The loss of one batch: the sum of its terms, each times its weight. */
export interface LossParts {
  readonly loss: number;
  /** The value of each term, without its weight, by its name: `bce`, `dice:image`. */
  readonly terms: Readonly<Record<string, number>>;
}

/** A batch whose images an engine takes as they are. */
export type MaskedBatch = Batch<Pixels, MaskValues>;

/** Result of {@linkcode Trainer.evaluate} for a batch. */
export interface Evaluation extends LossParts {
  readonly images: readonly OverlapCounts[];
}

/** The gradients of a step that is not made yet. */
export interface AccumulatedGradients {
  /** The number of batches in them, from 1. */
  readonly batches: number;
  /** By parameter name: the sum over these batches, divided by the batches of a whole step. */
  readonly gradients: Tensors<Float32Array>;
}

/** Everything on which the next training step depends, except the data. */
export interface TrainingState {
  /** The float entries of the state_dict, by PyTorch's names. */
  readonly weights: Tensors<Float32Array>;
  /**
   * The optimiser's state: by slot, then by parameter name. Absent in a fresh state (zeros).
   */
  readonly slots?: Readonly<Record<string, Tensors<Float32Array>>>;
  /**
   * The moving average of the weights, where the plans have one. Absent in a fresh state: it begins
   * with the weights.
   */
  readonly average?: Tensors<Float32Array>;
  /**
   * The gradients of the batches since the optimiser's last step, where a step takes several.
   * Absent right after a step.
   */
  readonly accumulated?: AccumulatedGradients;
  /** The state of loss scaling, where the plans have it. Absent in a fresh state. */
  readonly lossScale?: LossScale;
  /** Number of steps that the optimiser has made. */
  readonly step: number;
  /** Number of batches that each batch norm has seen (`num_batches_tracked`). */
  readonly batchesTracked: number;
}

/**
 * Trains one network. Overlapping calls run in the order in which they are made. Their arguments
 * must not change before they end.
 */
export interface Trainer {
  /**
   * Trains on one batch: forward, backward, optimiser. A plan with the step `augment` takes raw
   * batches, every other one images as they are. It yields to the event loop several
   * times a second.
   *
   * With `updates` false the gradients are accumulated, and a later batch makes the optimiser's
   * step from them and its own. The plans must have been made for that.
   */
  step(
    batch: MaskedBatch | RawBatch,
    options: { readonly learningRate: number; readonly updates?: boolean },
  ): Promise<void>;
  /** The losses of the batches since the last call, in order. It waits for a GPU. */
  losses(): Promise<LossParts[]>;
  /**
   * Those of these losses that are known without waiting; later calls give the others. A GPU tells
   * them every other second while it works on.
   */
  knownLosses(): LossParts[];
  /** Loss and overlap counts, with running statistics; changes no state. */
  evaluate(batch: MaskedBatch): Promise<Evaluation>;
  /**
   * Evaluates batches in order, and waits for no result before the end. Yields after each batch the
   * evaluations that have become known, and at last the others.
   */
  evaluateAll(batches: Iterable<MaskedBatch>): AsyncGenerator<Evaluation[]>;
  /** Logits `[n, classes, h, w]`, with running statistics; changes no state. */
  logits(batch: MaskedBatch): Promise<Float32Array>;
  state(): Promise<TrainingState>;
  /**
   * Begins to read the present state beside later calls. It is worth it before evaluations, which
   * change no state; {@linkcode state} then has less to wait for.
   */
  prefetchState(): Promise<void>;
  load(state: TrainingState): Promise<void>;
  /** Loads other weights; all else of the state stays. */
  loadWeights(weights: TrainingState["weights"]): Promise<void>;
  /**
   * Refuses new and waiting calls, and frees the memory when the running call has ended.
   */
  close(): void;
}

/**
 * Runs one network forward. Overlapping calls run in the order in which they are made.
 */
export interface Predictor {
  /**
   * Predicts `n` images, at most the plan's batch: grey bytes `[n, h, w]` or floats `[n, c, h, w]`
   * in, logits `[n, classes, h, w]` out.
   *
   * @throws {InputError} for another length, or for bytes where the plan reads floats.
   */
  run(images: Pixels, n: number): Promise<Float32Array>;
  /**
   * Begins what {@linkcode run} does; the function that it returns waits for the logits. A GPU
   * computes meanwhile, also what the next call begins; of three calls the first must have been
   * waited for. Absent where nothing may run beside the caller.
   */
  begin?(images: Pixels, n: number): Promise<() => Promise<Float32Array>>;
  /** As {@linkcode Trainer.close}. */
  close(): void;
}
