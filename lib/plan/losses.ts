/**
 * Losses as data: a sum of weighted terms. With p = sigmoid(logits), mask m, and sums over the
 * whole batch:
 *
 * - `bce`: torch.nn.BCELoss(p, m) on float32 probabilities: logarithms clamped at -100, gradient
 *   divided by max(p (1 - p), 1e-12)
 * - `dice`: `1 - (2 sum(p m) + 1) / (sum p + sum m + 1)`
 *
 * A new term is an entry here, a case in the kernels (kernels_as/loss.ts, kernels_wgsl/loss.wgsl)
 * and its formula in tests/reference/loss.ts.
 *
 * @module
 */

/**
 * The kinds of terms with their parameters and default values. The CPU kernel identifies a kind by
 * its index in this list.
 */
export const LOSS_TERMS = {
  bce: {},
  dice: {},
} as const satisfies Readonly<Record<string, Readonly<Record<string, number>>>>;

/** The name of a term's kind. */
export type LossTermKind = keyof typeof LOSS_TERMS;

/** A weighted term of the loss. Each kind may occur once. */
export interface LossTerm {
  readonly kind: LossTermKind;
  readonly weight: number;
  /** Omitted parameters have their default values. */
  readonly parameters?: Readonly<Record<string, number>>;
}

/** The default loss: BCE and Dice. */
export const DEFAULT_LOSS: readonly LossTerm[] = [
  { kind: "bce", weight: 1 },
  { kind: "dice", weight: 1 },
];

/** The parameters of a term, in the kernels' order. */
export function parametersOfTerm({ kind, parameters }: LossTerm): Record<string, number> {
  return { ...LOSS_TERMS[kind], ...parameters };
}
