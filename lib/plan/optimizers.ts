/**
 * Optimisers as data: the slots and the constants of each update rule. The formulas are in the
 * kernels of the same name (kernels_as, kernels_wgsl) and in tests/reference.
 *
 * @module
 */

/** An update rule for parameters. */
export interface OptimizerRule {
  /**
   * Slots: tensors of the parameter's shape, initially zero, under the names of PyTorch's optimiser
   * state_dict.
   */
  readonly slots: readonly string[];
  /**
   * Constants by name, with PyTorch's default values but for momentum. Kernels take them in this
   * order. `weightDecay` is for weights alone, not for biases and norms.
   */
  readonly hyper: Readonly<Record<string, number>>;
}

/**
 * All rules. A new rule is an entry here, a kernel for each engine, and its formula in
 * tests/reference.
 */
export const OPTIMIZERS = {
  /**
   * Adam (Kingma and Ba, 2015) as torch.optim.Adam: with gradient g, m = exp_avg, v = exp_avg_sq
   * and step number t from 1, `m = beta1 m + (1 - beta1) g`, `v = beta2 v + (1 - beta2) g^2`,
   * `p -= lr / (1 - beta1^t) * m / (sqrt(v) / sqrt(1 - beta2^t) + epsilon)`.
   */
  adam: {
    slots: ["exp_avg", "exp_avg_sq"],
    hyper: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
  },
  /**
   * AdamW (Loshchilov and Hutter, 2019) as torch.optim.AdamW: `p -= lr weightDecay p`, then Adam's
   * step.
   */
  adamw: {
    slots: ["exp_avg", "exp_avg_sq"],
    hyper: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 },
  },
  /**
   * Gradient descent with Nesterov momentum as torch.optim.SGD: with d = g + weightDecay p,
   * `b = momentum b + d`, `p -= lr (d + momentum b)`.
   */
  sgd: {
    slots: ["momentum_buffer"],
    hyper: { momentum: 0.9, weightDecay: 0 },
  },
} as const satisfies Readonly<Record<string, OptimizerRule>>;

/** The name of a rule. */
export type OptimizerName = keyof typeof OPTIMIZERS;

/** The default optimiser. */
export const DEFAULT_OPTIMIZER: Optimizer = { rule: "adam" };

/** A rule with its constants. Omitted constants have their default values. */
export interface Optimizer {
  readonly rule: OptimizerName;
  readonly hyper?: Readonly<Record<string, number>>;
}
