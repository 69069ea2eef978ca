/**
 * Resolves given settings to the configuration of a new or a resumed run.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { isSameValue } from "../core/fields.ts";
import { sentence, setting } from "../core/sentence.ts";
import { parsePolicy, policyText } from "../dataset/augment/policy.ts";
import { isSplitFile } from "../dataset/selection_fields.ts";
import { DEFAULT_GROUPS } from "../network/network.ts";
import { checkConfig, CONFIG_FIELDS, DEFAULT_CONFIG, type TrainingConfig } from "./config.ts";
import { endedEarly, type Progress } from "./progress.ts";

/** The configuration of a new run. Throws {@linkcode InputError} for an invalid setting. */
export function newConfig(
  given: Partial<TrainingConfig>,
  defaults: TrainingConfig = DEFAULT_CONFIG,
): TrainingConfig {
  // Another norm than that of the defaults has no use for their groups.
  const another = given.norm !== undefined && given.norm !== "group";
  const config = resolved({ ...defaults, ...(another && { normGroups: null }), ...given });
  checkConfig(config);
  if (given.trainFraction !== undefined && (config.folds !== null || isSplitFile(config))) {
    const other = config.folds === null ? setting("split", config.split) : setting("folds");
    throw new InputError(
      sentence`${setting("trainFraction")} has no say beside ${other}; leave one of them out`,
    );
  }
  return config;
}

/**
 * Says everything that later versions and resumed runs could take otherwise: the length of a
 * schedule, the parameters of a policy, the groups of a norm.
 */
function resolved(config: TrainingConfig): TrainingConfig {
  const { schedule, scheduleEpochs, epochs, augment, norm, normGroups } = config;
  const length = schedule === "constant" ? scheduleEpochs : scheduleEpochs ?? epochs;
  return {
    ...config,
    scheduleEpochs: length,
    augment: policyText(parsePolicy(augment)),
    normGroups: norm === "group" ? normGroups ?? DEFAULT_GROUPS : normGroups,
  };
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
    if (CONFIG_FIELDS[key].resumable || isSameValue(given[key], saved[key])) continue;
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
      sentence`run ${name} has finished ${progress.epoch} epochs, and ${config.epochs} are asked for:
        there is nothing to do; to go on, give a larger number with ${setting("epochs")}`,
    );
  }
  return config;
}
