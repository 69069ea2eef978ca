/**
 * Which tensors a step reads and writes. Placement takes its lifetimes from here.
 *
 * @module
 */
import type { Source, Step, Target } from "./steps.ts";

/** The tensors of one step, by how it uses them; a tensor that is updated in place is in both lists. */
export interface Uses {
  readonly reads: readonly string[];
  readonly writes: readonly string[];
}

/** Lists what a step reads and writes. */
export function tensorsOf(step: Step): Uses {
  switch (step.kind) {
    case "normalise":
      return { reads: [step.image], writes: [step.out] };
    case "conv3x3":
      return {
        reads: [...step.sources.flatMap(source), step.weight, ...given(step.bias)],
        writes: [step.out, ...given(step.moments)],
      };
    case "batchnorm":
      return {
        reads: [step.moments, step.gamma, step.beta, step.runningMean, step.runningVar],
        writes: [step.norm, step.runningMean, step.runningVar],
      };
    case "batchnorm_eval":
      return {
        reads: [step.gamma, step.beta, step.runningMean, step.runningVar],
        writes: [step.norm],
      };
    case "fold":
      return {
        reads: [step.weight, step.gamma, step.beta, step.runningMean, step.runningVar],
        writes: [step.outWeight, step.outBias],
      };
    case "maxpool2":
    case "upsample2":
      return { reads: source(step.source), writes: [step.out] };
    case "convtranspose2":
    case "conv1x1":
      return { reads: [...source(step.source), step.weight, step.bias], writes: [step.out] };
    case "loss":
      return { reads: [step.logits, step.mask], writes: [step.result, ...given(step.gradient)] };
    case "overlap":
      return { reads: [step.logits, step.mask], writes: [step.result] };
    case "conv1x1_gradient":
      return {
        reads: [...source(step.source), step.weight, step.gradient],
        writes: [step.sourceGradient, step.weightGradient, step.biasGradient],
      };
    case "batchnorm_gradient":
      return {
        reads: [...source(step.source), step.gradient],
        writes: [step.gradient, step.gammaGradient, step.betaGradient],
      };
    case "conv3x3_input_gradient":
      return { reads: [step.gradient, step.weight], writes: step.targets.map(target) };
    case "conv3x3_weight_gradient":
      return {
        reads: [...step.sources.flatMap(source), step.gradient],
        writes: [step.weightGradient],
      };
    case "convtranspose2_input_gradient":
      return { reads: [step.gradient, step.weight], writes: [step.out] };
    case "convtranspose2_weight_gradient":
      return {
        reads: [...source(step.source), step.gradient],
        writes: [step.weightGradient, step.biasGradient],
      };
    case "upsample2_gradient":
      return { reads: [step.gradient], writes: [step.out] };
    case "maxpool2_gradient":
      return { reads: [...source(step.source), step.gradient, step.out], writes: [step.out] };
    case "adam": {
      const moved = step.entries.flatMap((entry) => [
        entry.parameter,
        entry.firstMoment,
        entry.secondMoment,
      ]);
      const gradients = step.entries.map((entry) => entry.gradient);
      return { reads: [...moved, ...gradients, step.rate], writes: moved };
    }
  }
}

function source({ tensor, norm }: Source): string[] {
  return [tensor, ...given(norm)];
}

function target({ tensor }: Target): string {
  return tensor;
}

function given(name: string | undefined): string[] {
  return name === undefined ? [] : [name];
}
