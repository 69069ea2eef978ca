/** The steps that change parameters. @module */
import type { OptimizerName } from "../optimizers.ts";

/** A parameter, its gradient and its optimiser slots by name; all have one shape. */
export interface UpdateEntry {
  readonly parameter: string;
  readonly gradient: string;
  readonly slots: Readonly<Record<string, string>>;
  /** Whether the rule's weight decay is for this parameter. */
  readonly decays?: boolean;
}

/**
 * An optimiser step, see optimizers.ts. `rate` holds [learning rate, t]; t counts from 1. With
 * `clip`, every gradient is first multiplied by its first value. If that is -1, the step changes
 * nothing.
 */
export interface Update {
  readonly kind: "update";
  readonly rule: OptimizerName;
  readonly entries: readonly UpdateEntry[];
  /** The rule's constants, in the rule's order. */
  readonly hyper: Readonly<Record<string, number>>;
  readonly rate: string;
  readonly clip?: string;
}

/**
 * The Euclidean norm of all gradients together, and the factor that limits it: `result` `[2]`
 * receives `min(1, limit / (norm + 1e-6))` and the norm, as torch.nn.utils.clip_grad_norm_.
 */
export interface GradientNorm {
  readonly kind: "gradient_norm";
  readonly gradients: readonly string[];
  readonly limit: number;
  readonly result: string;
}

/**
 * What loss scaling does before the optimiser's step (see loss_scaling.ts). `clip` holds the result
 * of {@linkcode GradientNorm} for gradients that are a scale too large, `scaling` that scale, the
 * steps since it changed and the number of skipped steps.
 *
 * With a finite norm, `clip` becomes `[min(1, limit / (norm / scale + 1e-6)) / scale, norm /
 * scale]`; without a limit the minimum is 1. After `interval` such steps in a row the scale is
 * doubled. Otherwise `clip` becomes `[-1, norm]`, the step counts as skipped and the scale is
 * halved. The steps that were skipped before are taken from t in `rate`.
 */
export interface LossScaling {
  readonly kind: "loss_scaling";
  readonly clip: string;
  readonly scaling: string;
  readonly rate: string;
  readonly limit?: number;
  readonly interval: number;
}

/** A tensor and its moving average; both have one shape. */
export interface AverageEntry {
  readonly value: string;
  readonly average: string;
}

/**
 * Exponential moving averages: with d = min(decay, (1 + t) / (10 + t)), the average e of a value w
 * becomes `e + (1 - d) (w - e)`. `rate` is that of {@linkcode Update}.
 */
export interface Average {
  readonly kind: "average";
  readonly entries: readonly AverageEntry[];
  readonly decay: number;
  readonly rate: string;
}
