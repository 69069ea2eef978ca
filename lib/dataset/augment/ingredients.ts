/**
 * The ingredients of an augmentation, with their parameters. `p` is the probability that an image
 * gets one; the others bound what is drawn for it.
 *
 * @module
 */

/** A parameter: its default and its bounds, both included. */
export interface Parameter {
  readonly default: number;
  readonly from: number;
  readonly to: number;
  /** The meaning, with the unit if there is one. */
  readonly says: string;
}

const p = (value: number): Parameter => ({
  default: value,
  from: 0,
  to: 1,
  says: "share of the images",
});

/**
 * All ingredients. The first three move pixels and the mask with them; the others leave the mask.
 */
export const INGREDIENTS = {
  flip: { p: p(0.5) },
  affine: {
    p: p(0.8),
    rotation: { default: 20, from: 0, to: 180, says: "largest turn, degrees" },
    zoom: { default: 1.3, from: 1, to: 4, says: "largest factor of the size, or of its inverse" },
    aspect: { default: 0.15, from: 0, to: 1, says: "largest logarithm of width to height" },
    shear: { default: 0.1, from: 0, to: 1, says: "largest shear" },
    shift: { default: 0.1, from: 0, to: 1, says: "largest shift, as a share of each side" },
  },
  elastic: {
    p: p(0.5),
    strength: {
      default: 0.02,
      from: 0,
      to: 0.2,
      says: "scatter of a node, as a share of the side",
    },
    cells: { default: 4, from: 1, to: 32, says: "cells of the grid along a side" },
  },
  gamma: {
    p: p(0.5),
    range: { default: 0.4, from: 0, to: 2, says: "largest logarithm of the exponent" },
  },
  contrast: {
    p: p(0.5),
    range: { default: 0.25, from: 0, to: 1, says: "largest change of the factor about the mean" },
  },
  brightness: {
    p: p(0.5),
    range: { default: 0.1, from: 0, to: 1, says: "largest change, as a share of white" },
  },
  gain: {
    p: p(0.5),
    range: { default: 0.3, from: 0, to: 2, says: "largest logarithm of the gain at top or bottom" },
  },
  shadow: {
    p: p(0.3),
    width: { default: 0.15, from: 0.01, to: 1, says: "largest width, as a share of the image's" },
    strength: { default: 0.7, from: 0, to: 1, says: "largest loss of light" },
  },
  blur: { p: p(0.3), sigma: { default: 1, from: 0, to: 5, says: "largest sigma, px" } },
  speckle: {
    p: p(0.3),
    strength: { default: 0.2, from: 0, to: 1, says: "largest scatter of the factor" },
  },
  noise: {
    p: p(0.3),
    strength: { default: 0.05, from: 0, to: 1, says: "largest scatter, as a share of white" },
  },
  cutout: {
    p: p(0.3),
    size: { default: 0.25, from: 0, to: 1, says: "largest side of the black square, as a share" },
  },
  mixup: { p: p(0.3), alpha: { default: 0.4, from: 0.01, to: 10, says: "Beta's parameter" } },
  cutmix: { p: p(0.3), alpha: { default: 1, from: 0.01, to: 10, says: "Beta's parameter" } },
} as const satisfies Readonly<Record<string, Readonly<Record<string, Parameter>>>>;

/** The name of an ingredient. */
export type IngredientName = keyof typeof INGREDIENTS;

/** The parameters of some ingredients. */
export type Policy = {
  readonly [Name in IngredientName]?: {
    readonly [Key in keyof (typeof INGREDIENTS)[Name]]: number;
  };
};

/** Policies with names. */
export const POLICIES = {
  none: "",
  light: "flip+affine+gamma+contrast+brightness",
  strong: "flip+affine(rotation=30,zoom=1.5,shift=0.15)+elastic+gamma+contrast+brightness" +
    "+gain+shadow+blur+speckle+noise+cutout",
} as const;
