/** @module */
import type { Step, TensorSpec } from "./steps.ts";

/** Ordered steps and their tensors: what is computed, from what. Both engines read it. */
export interface Plan {
  /** Every tensor that a step names. */
  readonly tensors: readonly TensorSpec[];
  /** Steps to run once after the parameters are there (prediction folds its batch norms). */
  readonly setup: readonly Step[];
  /** Steps of one run, in order. */
  readonly steps: readonly Step[];
  /** Tensors that keep their place and value between runs: parameters, statistics, moments. */
  readonly persistent: readonly string[];
  /** Tensors that the caller fills before a run. */
  readonly inputs: readonly string[];
  /** Tensors that the caller may read after a run. */
  readonly outputs: readonly string[];
}
