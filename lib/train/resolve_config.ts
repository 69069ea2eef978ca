/**
 * Resolves given settings to the configuration of a new or a resumed run.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { checkFields, isSameValue } from "../core/fields.ts";
import { plural } from "../core/plural.ts";
import { sentence, setting } from "../core/sentence.ts";
import { parsePolicy, policyText } from "../dataset/augment/policy.ts";
import { checkIsByShares, completeShares, isByShares } from "../dataset/part_shares.ts";
import { SELECTION_FIELDS } from "../dataset/selection_fields.ts";
import { DEFAULT_GROUPS } from "../network/network.ts";
import { lossText, parseLoss } from "./loss_text.ts";
import { checkConfig, CONFIG_FIELDS, CONFIG_KEYS, type TrainingConfig } from "./config.ts";
import { endedEarly, type Progress } from "./progress.ts";
import { DEFAULT_RECIPE, recipeConfig } from "./recipes.ts";

/**
 * The configuration of a new run: what is given, over the settings of the recipe or other defaults.
 * Throws {@linkcode InputError} for an invalid setting.
 */
export function newConfig(
  given: Partial<TrainingConfig>,
  defaults: TrainingConfig = recipeOf(given),
): TrainingConfig {
  // Another norm than that of the defaults has no use for their groups.
  const another = given.norm !== undefined && given.norm !== "group";
  const all = { ...defaults, ...(another && { normGroups: null }), ...given };
  const config = resolved({ ...all, ...(isByShares(all) && completeShares(given, all)) });
  checkConfig(config);
  if (given.trainFraction !== undefined) checkIsByShares("trainFraction", config);
  return config;
}

/** The settings of the recipe that is given, or of the default one. */
export function recipeOf({ recipe }: Partial<TrainingConfig>): TrainingConfig {
  checkFields({ recipe: CONFIG_FIELDS.recipe }, { recipe: recipe ?? DEFAULT_RECIPE });
  return recipeConfig(recipe);
}

/** Settings whose texts may leave parameters out, and their texts with every parameter. */
const WHOLE_TEXTS = {
  augment: (text: string) => policyText(parsePolicy(text)),
  loss: (text: string) => lossText(parseLoss(text)),
};

/** Whether two values of a setting mean the same: `light` and the text that it stands for do. */
function isSame(key: keyof TrainingConfig, one: unknown, other: unknown): boolean {
  if (isSameValue(one, other)) return true;
  if (key !== "augment" && key !== "loss") return false;
  try {
    return WHOLE_TEXTS[key](String(one)) === WHOLE_TEXTS[key](String(other));
  } catch (error) {
    if (error instanceof InputError) return false;
    throw error;
  }
}

/**
 * Says everything that later versions and resumed runs could take otherwise: the length of a
 * schedule, the parameters of a policy and of a loss, the groups of a norm.
 */
function resolved(config: TrainingConfig): TrainingConfig {
  const { schedule, scheduleEpochs, epochs, augment, loss, norm, normGroups } = config;
  return {
    ...config,
    scheduleEpochs: schedule === "constant" ? scheduleEpochs : scheduleEpochs ?? epochs,
    augment: WHOLE_TEXTS.augment(augment),
    loss: WHOLE_TEXTS.loss(loss),
    normGroups: norm === "group" ? normGroups ?? DEFAULT_GROUPS : normGroups,
  };
}

/** A setting of a run that is not its recipe's. */
export interface ChangedSetting {
  readonly name: keyof TrainingConfig;
  readonly value: unknown;
  readonly inRecipe: unknown;
}

/** The settings of network and training in which a run differs from its recipe. */
export function changesOf(config: TrainingConfig): ChangedSetting[] {
  const recipe = newConfig({ recipe: config.recipe });
  return CONFIG_KEYS
    .filter((name) => !(name in SELECTION_FIELDS) && !isSameValue(config[name], recipe[name]))
    // A schedule that is as long as the run follows from the epochs.
    .filter((name) => name !== "scheduleEpochs" || config.scheduleEpochs !== config.epochs)
    .map((name) => ({ name, value: config[name], inRecipe: recipe[name] }));
}

/** A run to resume. */
export interface ResumedRun {
  readonly name: string;
  readonly config: TrainingConfig;
  readonly progress: Pick<Progress, "epoch" | "history">;
  /** Whether the test after the last epoch is still missing: the run was killed between the two. */
  readonly owesTest?: boolean;
}

/**
 * The configuration of a resumed run. Only the fields that the table marks as resumable may change.
 *
 * @throws InputError for any other change, and when all epochs are finished.
 */
export function resumedConfig(
  given: Partial<TrainingConfig>,
  { name, config: saved, progress, owesTest = false }: ResumedRun,
): TrainingConfig {
  for (const key of Object.keys(given) as (keyof TrainingConfig)[]) {
    if (CONFIG_FIELDS[key].resumable || isSame(key, given[key], saved[key])) continue;
    const [before, now] = [saved[key], given[key]].map(String);
    // One setting holds both sides.
    const changed = key === "width" || key === "height" ? "size" : key;
    const weights = setting("weights", `runs/${name}/last.safetensors`);
    throw new InputError(
      sentence`${setting(changed)} cannot change when a run is resumed: run ${name} was made with
        ${before}, not ${now}; begin a new run with ${weights}`,
    );
  }
  const config = newConfig(given, saved);
  const early = endedEarly(progress, config);
  if (owesTest && (early !== undefined || config.epochs === progress.epoch)) return config;
  if (early !== undefined) {
    throw new InputError(
      sentence`run ${name} ${early}; to go on, give a larger number with ${setting("patience")}`,
    );
  }
  if (config.epochs <= progress.epoch) {
    throw new InputError(
      sentence`run ${name} has finished ${
        plural(progress.epoch, "epoch")
      }, and ${config.epochs} are asked for:
        there is nothing to do; to go on, give a larger number with ${setting("epochs")}`,
    );
  }
  return config;
}
