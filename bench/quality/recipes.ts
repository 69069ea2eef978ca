/** The recipes of the study, by name. A trial is `NAME` or `NAME@SEED`. @module */
import { RECIPES as NAMED } from "../../lib/train/recipes.ts";
import type { Recipe } from "./trial.ts";

const FAST = NAMED.fast.settings;

const at = (side: number): Recipe => ({ width: side, height: side });

/** Wider, on larger images. */
const MID: Recipe = { ...FAST, ...at(96), baseChannels: 16 };
const LONG: Recipe = { ...MID, epochs: 80 };

/** What a recipe sets beside the defaults of `train`. */
export const RECIPES: Readonly<Record<string, Recipe>> = {
  fast: FAST,
  best: NAMED.best.settings,

  // The tutorial's training at the cost of `fast`.
  "tutorial-64": { ...at(64), baseChannels: 8 },

  "fast-strong": { ...FAST, augment: "strong" },
  "fast-elastic": { ...FAST, augment: "light+elastic" },
  "fast-cutmix": { ...FAST, augment: "light+cutmix" },
  "fast-rotation": { ...FAST, augment: "flip+affine(rotation=30,zoom=1.5)+gamma+contrast" },
  "fast-20": { ...FAST, epochs: 20 },
  "fast-80": { ...FAST, epochs: 80 },
  "fast-jaccard": { ...FAST, loss: "bce+jaccard:image" },
  "fast-half-bce": { ...FAST, loss: "0.5*bce+dice:image" },
  "fast-boundary": { ...FAST, loss: "boundary+dice:image" },
  "fast-batch-8": { ...FAST, batch: 8, learningRate: 2e-3 },
  "fast-adamw": { ...FAST, optimizer: "adamw", weightDecay: 0.05 },
  "fast-sgd": { ...FAST, optimizer: "sgd", learningRate: 0.02, weightDecay: 3e-5 },
  "fast-one-cycle": { ...FAST, schedule: "one-cycle", learningRate: 2e-3, warmupEpochs: 0 },
  "fast-residual": { ...FAST, blocks: "residual" },
  "fast-group": { ...FAST, norm: "group", normGroups: 4 },
  "fast-dropout": { ...FAST, dropout: 0.1 },
  "fast-attention": { ...FAST, attention: true },
  "fast-deep": { ...FAST, deepSupervision: true },
  "fast-pad": { ...FAST, fit: "pad" },
  "fast-12": { ...FAST, baseChannels: 12 },
  "fast-16": { ...FAST, baseChannels: 16 },
  "fast-96": { ...FAST, ...at(96) },

  "mid-96": MID,
  "long-96": LONG,
  "long-96-strong": { ...LONG, augment: "strong" },
  "long-96-residual": { ...LONG, blocks: "residual" },
  "long-128": { ...LONG, ...at(128) },
};
