/**
 * What the requests of a prediction and of an evaluation have in common.
 *
 * @module
 */
import type { Fit } from "../image/fit.ts";
import type { Size } from "../model/input_scaling.ts";
import type { RunSettings } from "./run_settings.ts";

/** The models that a request names; `undefined` without one. */
export function namedModels(
  { model }: Pick<InferenceRequest, "model">,
): readonly string[] | undefined {
  return typeof model === "string" ? [model] : model;
}

/** Which model runs, where it computes, and where the results go. */
export interface InferenceRequest {
  /**
   * Files of models, names of runs, or of groups of runs; several models predict together. By
   * default the model that the newest run keeps, or those of its group.
   */
  readonly model?: string | readonly string[] | undefined;
  /** The output folder; by default a folder in the run of the model. */
  readonly out?: string | undefined;
  /** The network's input size in px, for a model file that does not record it. */
  readonly size?: Size | undefined;
  /** How images become the network's input, for a model file that does not record it. */
  readonly fit?: Fit | undefined;
  /** Whether GPU kernels are tuned at first use. Default: true. */
  readonly autotune?: boolean | undefined;
  /** Where to compute, with how many threads and how much memory. */
  readonly settings?: Partial<RunSettings> | undefined;
  /** A stop signal. */
  readonly signal?: AbortSignal | undefined;
}
