/**
 * The command that begins a run with given settings.
 *
 * @module
 */
import { isSameValue } from "../core/fields.ts";
import {
  command,
  type Mention,
  type Sentence,
  sentence,
  setting,
  sizeSetting,
} from "../core/sentence.ts";
import { SELECTION_FIELDS } from "../dataset/selection_fields.ts";
import { CONFIG_FIELDS, type TrainingConfig } from "../train/config.ts";
import { DEFAULT_RECIPE } from "../train/recipes.ts";
import { changesOf } from "../train/resolve_config.ts";

/**
 * The command with its recipe and every setting that is another than the recipe's. `weights` is the
 * file that the run began with.
 */
export function trainingCommand(
  run: string,
  config: TrainingConfig,
  weights?: string | number,
): Sentence {
  const { recipe } = config;
  const selection = (Object.keys(SELECTION_FIELDS) as (keyof typeof SELECTION_FIELDS)[])
    .filter((name) => !isSameValue(config[name], SELECTION_FIELDS[name].default));
  const changed = changesOf(config).map(({ name }) => name).filter((name) => name !== "recipe");
  const isSize = (name: string) => name === "width" || name === "height";
  const mentions = [
    setting("name", run),
    ...(recipe === DEFAULT_RECIPE ? [] : [setting("recipe", recipe)]),
    ...selection.flatMap((name) => mentionsOf(name, config[name])),
    ...(changed.some(isSize) ? [sizeSetting(config)] : []),
    ...changed.filter((name) => !isSize(name)).flatMap((name) => mentionsOf(name, config[name])),
    ...(weights === undefined ? [] : [setting("weights", weights)]),
  ];
  return mentions.reduce(
    (all, mention) => sentence`${all} ${mention}`,
    sentence`${command("train")}`,
  );
}

/** A setting with its value, which is not shortened. Settings without a value are left out. */
function mentionsOf(name: keyof TrainingConfig, value: unknown): Mention[] {
  if (value === null) return [];
  if (CONFIG_FIELDS[name].kind === "switch") {
    return [{ kind: "setting", name: value ? name : `no-${name}` }];
  }
  return [value].flat().map((one) => ({
    kind: "setting",
    name,
    value: typeof one === "number" ? one : String(one),
  }));
}
