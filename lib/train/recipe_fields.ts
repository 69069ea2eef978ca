/**
 * The settings of a recipe: loss, optimiser and learning rate over time. The defaults are those of
 * the tutorial.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { choice, number, text, type ValuesOf, whole } from "../core/fields.ts";
import { sentence, setting } from "../core/sentence.ts";
import { parsePolicy, POLICY_EXPECTED } from "../dataset/augment/policy.ts";
import { type Optimizer, type OptimizerName, OPTIMIZERS } from "../plan/optimizers.ts";
import type { TrainingOptions } from "../plan/planners.ts";
import { LOSS_EXPECTED, parseLoss } from "./loss_text.ts";
import { type Schedule, SCHEDULES, stepsPerEpoch } from "./schedule.ts";

/** The names of the recipes. */
export const RECIPE_NAMES = ["tutorial", "fast", "best", "best-gpu"] as const;

/** The name of a recipe. */
export type RecipeName = (typeof RECIPE_NAMES)[number];

/** The fields of a recipe. */
export const RECIPE_FIELDS = {
  recipe: choice({
    default: "tutorial",
    legacy: "tutorial",
    choices: RECIPE_NAMES,
    says: "settings that go together; options beside it win",
  }),
  keep: choice({
    default: "best",
    legacy: "best",
    choices: ["best", "last"],
    says: "the model to use: of the epoch that validation likes best, or of the last epoch",
  }),
  ensembleThreshold: number({
    default: 0.5,
    legacy: 0.5,
    above: 0,
    below: 1,
    says: "the threshold where several of these models predict together",
  }),
  augment: text({
    default: "none",
    legacy: "none",
    expected: POLICY_EXPECTED,
    says: "how training images are changed at random, anew in each epoch",
  }),
  lesionFreeShare: number({
    default: null,
    legacy: null,
    unset: "every image once",
    from: 0,
    below: 1,
    says: "share of lesion-free images in each batch; they are repeated or take turns",
  }),
  loss: text({
    default: "bce+dice",
    legacy: "bce+dice",
    expected: LOSS_EXPECTED,
    says: "what training makes small: a sum of terms",
  }),
  optimizer: choice({
    default: "adam",
    legacy: "adam",
    choices: Object.keys(OPTIMIZERS) as [OptimizerName, ...OptimizerName[]],
    says: "the rule that changes the weights",
  }),
  accumulate: whole({
    default: 1,
    legacy: 1,
    from: 1,
    to: 65536,
    says: "batches whose gradients make one step of the optimiser",
  }),
  learningRate: number({
    default: 1e-3,
    above: 0,
    says: "the highest learning rate",
  }),
  momentum: number({
    default: null,
    legacy: null,
    unset: "0.9",
    from: 0,
    below: 1,
    says: "share of the last step that sgd keeps",
  }),
  weightDecay: number({
    default: null,
    legacy: null,
    unset: "0.01 with adamw, 0 with sgd",
    from: 0,
    below: 1000,
    says: "how strongly adamw and sgd shrink weights, but not norms and biases",
  }),
  schedule: choice({
    default: "constant",
    legacy: "constant",
    choices: SCHEDULES,
    says: "how the learning rate changes after the warm-up",
  }),
  scheduleEpochs: whole({
    default: null,
    legacy: null,
    unset: "as many as epochs",
    from: 1,
    to: 1_000_000,
    says: "epochs until the schedule has its last rate, the warm-up among them",
  }),
  warmupEpochs: number({
    default: 0,
    legacy: 0,
    from: 0,
    below: 1_000_000,
    says: "epochs in which the learning rate rises",
  }),
  finalRate: number({
    default: 0.01,
    legacy: 0.01,
    from: 0,
    below: 1,
    says: "the last learning rate of a schedule, as a fraction of the highest",
  }),
  clipNorm: number({
    default: null,
    legacy: null,
    unset: "no limit",
    from: 1e-6,
    below: 1e9,
    says: "limit for the norm of all gradients together",
  }),
  ema: number({
    default: null,
    legacy: null,
    unset: "no average",
    above: 0,
    below: 1,
    says: "keep a moving average of the weights, with this decay per step, such as 0.999",
  }),
  precision: choice({
    default: "float32",
    legacy: "float32",
    choices: ["float32", "mixed"],
    says: "how a GPU stores images between layers: in 32 bits, or in 16 (mixed)",
  }),
  patience: whole({
    default: null,
    legacy: null,
    unset: "all epochs",
    from: 1,
    to: 1_000_000,
    resumable: true,
    says: "end a run early when so many epochs in a row were no better than the best",
  }),
};

/** The values of {@linkcode RECIPE_FIELDS}. */
export type Recipe = ValuesOf<typeof RECIPE_FIELDS>;

/** Checks what the fields mean together. Throws {@linkcode InputError}. */
export function checkRecipe(recipe: Recipe): void {
  parsePolicy(recipe.augment);
  parseLoss(recipe.loss);
  const constants: Readonly<Record<string, number>> = OPTIMIZERS[recipe.optimizer].hyper;
  for (const name of ["momentum", "weightDecay"] as const) {
    if (recipe[name] === null || Object.hasOwn(constants, name)) continue;
    throw new InputError(
      sentence`${setting(name)} has no say with ${setting("optimizer", recipe.optimizer)}; leave it
        out, or take another optimiser`,
    );
  }
  if (recipe.schedule === "constant" && recipe.scheduleEpochs !== null) {
    throw new InputError(
      sentence`${setting("scheduleEpochs")} has no say with ${setting("schedule", "constant")};
        leave it out, or take another schedule`,
    );
  }
  const { scheduleEpochs, warmupEpochs } = recipe;
  if (scheduleEpochs !== null && warmupEpochs > scheduleEpochs) {
    throw new InputError(
      sentence`${setting("warmupEpochs")} is ${warmupEpochs}, longer than the schedule of
        ${scheduleEpochs}; expected at most as many`,
    );
  }
}

/** The loss, the optimiser and the seed of a recipe, as plans take them. */
export function trainingOptionsOf(recipe: Recipe & { readonly seed: number }): TrainingOptions {
  const { loss, momentum, weightDecay, accumulate, clipNorm, ema, precision, seed } = recipe;
  const hyper = Object.entries({ momentum, weightDecay }).filter(([, value]) => value !== null);
  const optimizer: Optimizer = {
    rule: recipe.optimizer,
    hyper: Object.fromEntries(hyper) as Record<string, number>,
  };
  return {
    loss: parseLoss(loss),
    optimizer,
    seed,
    ...(accumulate > 1 && { accumulate }),
    ...(clipNorm !== null && { clipNorm }),
    ...(ema !== null && { ema }),
    ...(precision !== "float32" && { precision }),
  };
}

/**
 * The schedule of a run, which counts the optimiser's steps. Without
 * {@linkcode RECIPE_FIELDS.scheduleEpochs} it takes `epochs`.
 */
export function scheduleOf(
  recipe: Recipe & { readonly epochs: number },
  batchesPerEpoch: number,
): Schedule {
  const perEpoch = stepsPerEpoch(batchesPerEpoch, recipe.accumulate);
  const { schedule: name, learningRate, finalRate, warmupEpochs, scheduleEpochs, epochs } = recipe;
  return {
    name,
    learningRate,
    finalFraction: finalRate,
    warmupSteps: Math.round(warmupEpochs * perEpoch),
    steps: (scheduleEpochs ?? epochs) * perEpoch,
  };
}
