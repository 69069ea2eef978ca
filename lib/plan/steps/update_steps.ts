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
 * `clip`, every gradient is first multiplied by its first value.
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
