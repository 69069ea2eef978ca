/**
 * What was measured on an H200, in ms (bench/RESULTS.md), beside the model's figures.
 *
 * @module
 */
import type { StepKind } from "../../../lib/plan/steps.ts";
import { gpuNamed } from "./gpus.ts";
import { type Kind, predictSpeed } from "./predict_speed.ts";

/** A figure of the measurements, with the model's. */
export interface Measured {
  readonly what: string;
  readonly measured: number;
  readonly modelled: number;
}

const H200 = gpuNamed("H200");

/** The sums of kernels to which the model was fitted: E4, a training step with four images. */
const FITTED: readonly { what: string; ms: number; has: (kind: StepKind) => boolean }[] = [
  {
    what: "convolutions, input gradients",
    ms: 53.0,
    has: (kind) => kind === "conv3x3" || kind === "conv3x3_input_gradient",
  },
  { what: "weight gradients", ms: 20.5, has: (kind) => kind === "conv3x3_weight_gradient" },
  { what: "transposed", ms: 6.5, has: (kind) => kind.startsWith("convtranspose2") },
  { what: "others", ms: 6.3, has: (kind) => !/^conv(3x3|transpose2)/.test(kind) },
];

/**
 * Figures that were not fitted. The step with eight images was measured with a change that is not
 * in the engine; it saved 0.9 ms of four images, so that twice as much is added here.
 */
const FORETOLD: readonly { what: string; kind: Kind; n: number; ms: number }[] = [
  { what: "training step, batch 8", kind: "training step", n: 8, ms: 167.7 + 2 * 0.9 },
  { what: "forward pass, batch 4", kind: "forward", n: 4, ms: 27.7 },
];

/** The sums of kernels to which the model was fitted. */
export function fitted(): Measured[] {
  const { dispatches } = predictSpeed(H200, "training step", 4);
  return FITTED.map(({ what, ms, has }) => {
    const own = dispatches.filter(({ step }) => has(step.kind));
    const seconds = own.reduce((sum, { seconds }) => sum + seconds, 0);
    return { what, measured: ms, modelled: 1000 * seconds };
  });
}

/** Figures of which the model knew nothing. */
export function foretold(): Measured[] {
  return FORETOLD.map(({ what, kind, n, ms }) => {
    return { what, measured: ms, modelled: predictSpeed(H200, kind, n).ms };
  });
}
