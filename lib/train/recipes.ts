/**
 * Recipes: named settings of network, loss, optimiser and augmentation that go together. A run
 * stores all of its settings, so a later version may change a recipe without changing old runs.
 *
 * @module
 */
import { DEFAULT_CONFIG, type TrainingConfig } from "./config.ts";
import type { RecipeName } from "./recipe_fields.ts";

/** A recipe. */
export interface NamedRecipe {
  /** What it is for, and what it takes: lower case, no full stop. */
  readonly says: string;
  /** The settings that differ from the defaults. */
  readonly settings: Partial<TrainingConfig>;
  /** The number of runs that predict together. */
  readonly members: number;
}

/** A small network on small images. */
const FAST = {
  width: 64,
  height: 64,
  baseChannels: 8,
  batch: 4,
  epochs: 40,
  loss: "bce+dice:image",
  augment: "light",
  optimizer: "adam",
  learningRate: 1e-3,
  schedule: "cosine",
  warmupEpochs: 1,
  finalRate: 0.01,
  keep: "last",
} as const satisfies Partial<TrainingConfig>;

/** Several networks that predict together. */
const BEST = {
  ...FAST,
  width: 128,
  height: 128,
  baseChannels: 16,
  epochs: 120,
  ensembleThreshold: 0.4,
} as const satisfies Partial<TrainingConfig>;

/** All recipes by name. */
export const RECIPES: Readonly<Record<RecipeName, NamedRecipe>> = {
  tutorial: {
    says: "the tutorial's run, which PyTorch can be compared with",
    settings: {},
    members: 1,
  },
  fast: {
    says: "a small network on augmented images of 64x64 px, two minutes for BUSI on two cores",
    settings: FAST,
    members: 1,
  },
  best: {
    says: "five networks on images of 128x128 px, which predict together",
    settings: BEST,
    members: 5,
  },
  "best-gpu": {
    says: "five wider networks on images of 256x256 px, for a GPU",
    settings: { ...BEST, width: 256, height: 256, baseChannels: 32, epochs: 300 },
    members: 5,
  },
};

/** The recipe of runs that name none. */
export const DEFAULT_RECIPE: RecipeName = "tutorial";

/** All settings of a recipe. */
export function recipeConfig(name: RecipeName = DEFAULT_RECIPE): TrainingConfig {
  return { ...DEFAULT_CONFIG, ...RECIPES[name].settings, recipe: name };
}
