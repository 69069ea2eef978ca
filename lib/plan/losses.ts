/**
 * Losses as data: a sum of weighted terms. With p = sigmoid(logits) in float32 and mask m, terms
 * over pixels are means:
 *
 * - `bce`: torch.nn.BCELoss(p, m): logarithms clamped at -100, gradient divided by
 *   max(p (1 - p), 1e-12)
 * - `focal` (Lin 2017) as torchvision.ops.sigmoid_focal_loss: bce of a pixel, times
 *   `(1 - q)^gamma` and `alpha m + (1 - alpha) (1 - m)`, where `q = p m + (1 - p) (1 - m)`
 *
 * Terms over a region compare it as a whole. A region is the whole batch, or an image: the term is
 * then the mean over the images. With I = sum(p m), P = sum p and M = sum m over the region:
 *
 * - `boundary` (Wei 2020, F3Net): `sum(w bce) / sum(w)` with the weight `w = 1 + lambda d` of a
 *   pixel, where d is how far its mask is from the mean of the square of `side` px around it (the
 *   step `boundary`); outlines count most
 * - `dice`: `1 - (2 I + 1) / (P + M + 1)`
 * - `jaccard`: `1 - (I + 1) / (P + M - I + 1)`
 * - `tversky` (Salehi 2017): `1 - (I + 1) / (I + alpha (P - I) + beta (M - I) + 1)`; alpha counts
 *   false alarms, beta missed pixels
 * - `focal_tversky` (Abraham 2019): the Tversky term to the power `exponent`
 *
 * A new term is an entry here, a case in the kernels (kernels_as/loss_terms.ts,
 * kernels_wgsl/loss.wgsl) and its formula in tests/reference/loss.ts.
 *
 * @module
 */

/** The formulas of the kernels. The CPU kernel identifies one by its index in this list. */
export const LOSS_FORMULAS = ["bce", "focal", "boundary", "dice", "tversky"] as const;

/** A formula; its parameters are in the kernels' order. */
export type LossFormula = (typeof LOSS_FORMULAS)[number];

/** A kind of term. */
interface LossTermRule {
  readonly formula: LossFormula;
  /** Parameters that a loss may set, with their default values. */
  readonly parameters: Readonly<Record<string, number>>;
  /** Parameters of the formula that define the kind. */
  readonly fixed?: Readonly<Record<string, number>>;
}

/** The kinds of terms. */
export const LOSS_TERMS = {
  bce: { formula: "bce", parameters: {} },
  dice: { formula: "dice", parameters: {} },
  focal: { formula: "focal", parameters: { alpha: 0.25, gamma: 2 } },
  boundary: { formula: "boundary", parameters: { lambda: 5, side: 31 } },
  jaccard: {
    formula: "tversky",
    parameters: {},
    fixed: { alpha: 1, beta: 1, exponent: 1 },
  },
  tversky: {
    formula: "tversky",
    parameters: { alpha: 0.3, beta: 0.7 },
    fixed: { exponent: 1 },
  },
  focal_tversky: {
    formula: "tversky",
    parameters: { alpha: 0.3, beta: 0.7, exponent: 0.75 },
  },
} as const satisfies Readonly<Record<string, LossTermRule>>;

/** The name of a term's kind. */
export type LossTermKind = keyof typeof LOSS_TERMS;

/** A weighted term of the loss. */
export interface LossTerm {
  readonly kind: LossTermKind;
  readonly weight: number;
  /** The region of a term that compares regions; by default the batch. */
  readonly per?: "batch" | "image";
  /** Omitted parameters have their default values. */
  readonly parameters?: Readonly<Record<string, number>>;
}

/** The default loss: BCE and Dice. */
export const DEFAULT_LOSS: readonly LossTerm[] = [
  { kind: "bce", weight: 1 },
  { kind: "dice", weight: 1 },
];

/** The name of a term among those of its loss: `dice`, `dice:image`. Each may occur once. */
export function nameOfTerm({ kind, per = "batch" }: LossTerm): string {
  return per === "batch" ? kind : `${kind}:${per}`;
}

/** The formula of a term. */
export function formulaOfTerm({ kind }: LossTerm): LossFormula {
  return LOSS_TERMS[kind].formula;
}

/** All parameters of a term's formula, in the kernels' order. */
export function parametersOfTerm({ kind, parameters }: LossTerm): Record<string, number> {
  const { parameters: defaults, fixed = {} }: LossTermRule = LOSS_TERMS[kind];
  return { ...defaults, ...parameters, ...fixed };
}

/** The side of the square that the term `boundary` of a loss needs; undefined without one. */
export function boundarySide(terms: readonly LossTerm[]): number | undefined {
  const term = terms.find(({ kind }) => kind === "boundary");
  return term && parametersOfTerm(term).side;
}

/** Whether a term compares each image by itself. */
export function isPerImage({ kind, per }: LossTerm): boolean {
  const { formula } = LOSS_TERMS[kind];
  return per === "image" && formula !== "bce" && formula !== "focal";
}
