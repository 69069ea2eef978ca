/**
 * Recipes whose result was measured on folds of BUSI's images with a lesion. Near duplicates stay
 * in one fold. Each image was predicted by networks of other folds, after their last epoch, and
 * Dice was taken at 256x256 px. Nothing was chosen on the measured images.
 *
 * @module
 */
import type { TrainingConfig } from "./config.ts";

/** A recipe and what came of it. */
export interface MeasuredRecipe {
  readonly name: string;
  /** What differs from the default configuration. */
  readonly settings: Partial<TrainingConfig>;
  /** How many networks were trained, whose mean answer counts. */
  readonly members: number;
  /** The number of images that each network was trained on. */
  readonly trainImages: number;
  /** The mean Dice over all cases. */
  readonly dice: number;
  /** The standard error of that mean. */
  readonly standardError: number;
  /** The number of measured images. */
  readonly cases: number;
}

/** All measured recipes. */
export const MEASURED_RECIPES: readonly MeasuredRecipe[] = [
  {
    name: "fast",
    settings: { recipe: "fast" },
    members: 1,
    trainImages: 361,
    dice: 0.728,
    standardError: 0.016,
    cases: 452,
  },
];

/** The 95 % interval of a recipe's Dice. */
export function diceInterval({ dice, standardError }: MeasuredRecipe): [low: number, high: number] {
  return [dice - 1.96 * standardError, dice + 1.96 * standardError];
}
