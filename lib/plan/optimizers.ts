/**
 * Optimisers as data: what each of them remembers of a parameter, and its constants. The formulas
 * stand beside the kernels, which bear the rules' names (kernels_as, kernels_wgsl), and in
 * tests/reference.
 *
 * @module
 */

/** A way to move parameters along their gradients. */
export interface OptimizerRule {
  /**
   * Tensors of the parameter's shape, zero at first: PyTorch's names in an optimiser's state_dict.
   */
  readonly slots: readonly string[];
  /** Constants by name, with PyTorch's default values. The kernels get them in this order. */
  readonly hyper: Readonly<Record<string, number>>;
}

/**
 * All rules. A new one is an entry here, a kernel for each engine and its formula in
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
} as const satisfies Readonly<Record<string, OptimizerRule>>;

/** The name of a rule. */
export type OptimizerName = keyof typeof OPTIMIZERS;

/** What trains unless something else is asked for. */
export const DEFAULT_OPTIMIZER: Optimizer = { rule: "adam" };

/** A rule with its constants; those that are left out have their default values. */
export interface Optimizer {
  readonly rule: OptimizerName;
  readonly hyper?: Readonly<Record<string, number>>;
}
