/** The recipes of the study, by name. A trial is `NAME` or `NAME@SEED`. @module */
import type { Recipe } from "./trial.ts";

const FAST: Recipe = {
  width: 64,
  height: 64,
  baseChannels: 8,
  batch: 4,
  epochs: 40,
  loss: "bce+dice:image",
  augment: "light",
  schedule: "cosine",
  warmupEpochs: 1,
};

const at = (side: number): Recipe => ({ width: side, height: side });

const LONG: Recipe = { ...FAST, ...at(96), baseChannels: 16, epochs: 80 };

/** What a recipe sets beside the defaults of `train`. */
export const RECIPES: Readonly<Record<string, Recipe>> = {
  "tutorial-64": { ...at(64), baseChannels: 8 },
  fast: FAST,
  "fast-strong": { ...FAST, augment: "strong" },
  "fast-elastic": { ...FAST, augment: "flip+affine+elastic+gamma+contrast+brightness" },
  "fast-80": { ...FAST, epochs: 80 },
  "fast-jaccard": { ...FAST, loss: "bce+jaccard:image" },
  "fast-half-bce": { ...FAST, loss: "0.5*bce+dice:image" },
  "fast-batch-8": { ...FAST, batch: 8, learningRate: 2e-3 },
  "fast-adamw": { ...FAST, optimizer: "adamw", weightDecay: 0.05 },
  "fast-sgd": { ...FAST, optimizer: "sgd", learningRate: 0.01, weightDecay: 3e-5 },
  "fast-one-cycle": { ...FAST, schedule: "one-cycle", learningRate: 2e-3, warmupEpochs: 0 },
  "fast-bilinear": { ...FAST, bilinear: true },
  "fast-96": { ...FAST, ...at(96) },
  "fast-16": { ...FAST, baseChannels: 16 },
  "mid-96": { ...FAST, ...at(96), baseChannels: 16 },
  "long-96": LONG,
  "long-96-strong": { ...LONG, augment: "strong" },
  "long-128": { ...LONG, ...at(128) },
};
