/**
 * What the model of time predicts for the tutorial's network, base 64 at 512x512.
 *
 * @module
 */
import { mapMemory } from "../../../lib/engine/gpu/compile.ts";
import { planOf, type Workload } from "../../../lib/engine/workloads.ts";
import type { Precision } from "../../../lib/plan/plan_builder.ts";
import { dispatchesOf } from "./dispatches.ts";
import type { ModelGpu } from "./gpus.ts";
import { limitsOf, STEP_SHARE, timed, type TimedDispatch } from "./time_model.ts";

/** A training step or a forward pass of the tutorial's network. */
export type Kind = Workload["kind"];

export interface Prediction {
  readonly n: number;
  readonly ms: number;
  readonly imagesPerSecond: number;
  /** Bytes of GPU memory, and whether the GPU has them. */
  readonly bytes: number;
  readonly fits: boolean;
  readonly dispatches: readonly TimedDispatch[];
}

/** The time of a step, in a precision, or of a pass with `n` images on a GPU. */
export function predictSpeed(
  gpu: ModelGpu,
  kind: Kind,
  n: number,
  precision: Precision = "float32",
): Prediction {
  const plan = planOf({ name: "", kind, base: 64, size: 512, n }, { precision });
  const limits = limitsOf(gpu);
  const dispatches = timed(gpu, dispatchesOf(plan, limits));
  const kernels = dispatches.reduce((sum, { seconds }) => sum + seconds, 0);
  const ms = 1000 * STEP_SHARE * kernels;
  const { bytes } = mapMemory([plan], limits);
  return { n, ms, imagesPerSecond: 1000 * n / ms, bytes, fits: bytes <= gpu.memory, dispatches };
}
