/**
 * The configuration of a training run: network, data, schedule. The defaults are those of the
 * tutorial, except for the split, which keeps near duplicates together.
 *
 * Device, threads, memory and the number of sample pictures are not part of it: a run may be
 * resumed with other values (see run_settings.ts).
 *
 * @module
 */
import { InputError, naming } from "../core/errors.ts";
import {
  checkFields,
  choice,
  defaultsOf,
  fieldsToJson,
  number,
  refusal,
  takeFields,
  type ValuesOf,
  whole,
} from "../core/fields.ts";
import { sentence, setting } from "../core/sentence.ts";
import { checkMaskRules } from "../dataset/masks.ts";
import { checkShares } from "../dataset/part_shares.ts";
import { isSplitFile, SELECTION_FIELDS } from "../dataset/selection_fields.ts";
import { MOST_SIDE } from "../image/codecs/header.ts";
import { FITS } from "../image/fit.ts";
import { DEFAULT_GROUPS, LEVELS, type Network, SMALLEST_SIDE } from "../network/network.ts";
import { checkNetworkFields, NETWORK_FIELDS } from "./network_fields.ts";
import { checkRecipe, RECIPE_FIELDS } from "./recipe_fields.ts";

/** The fields of a configuration: all that the result of a run depends on, apart from the files. */
export const CONFIG_FIELDS = {
  ...SELECTION_FIELDS,
  width: whole({
    default: 512,
    from: SMALLEST_SIDE,
    to: MOST_SIDE,
    says: "width of the network's input, px",
  }),
  height: whole({
    default: 512,
    from: SMALLEST_SIDE,
    to: MOST_SIDE,
    says: "height of the network's input, px",
  }),
  fit: choice({
    default: "squash",
    legacy: "squash",
    choices: FITS,
    says: "how an image of another shape becomes the input: squash or pad",
  }),
  mean: number({
    default: 0.485,
    says: "subtracted from grey values from 0 to 1",
  }),
  std: number({
    default: 0.229,
    above: 0,
    says: "the difference from the mean is divided by it",
  }),
  ...NETWORK_FIELDS,
  epochs: whole({
    default: 40,
    from: 1,
    to: 1_000_000,
    resumable: true,
    says: "passes over the training images, in a new random order each",
  }),
  batch: whole({
    default: 4,
    from: 1,
    to: 65536,
    says: "images per batch",
  }),
  ...RECIPE_FIELDS,
};

/** All that the result of a training run depends on, apart from the files. */
export type TrainingConfig = ValuesOf<typeof CONFIG_FIELDS>;

/** The values of fields that are not given. */
export const DEFAULT_CONFIG: TrainingConfig = defaultsOf(CONFIG_FIELDS);

/** Checks every field. Throws {@linkcode InputError} for the first invalid one. */
export function checkConfig(config: TrainingConfig): void {
  checkFields(CONFIG_FIELDS, config);
  checkMaskRules(config);
  checkSplit(config);
  checkNetworkFields(config);
  checkRecipe(config);
}

/** Checks the fields that together decide the split. */
function checkSplit(config: TrainingConfig): void {
  const { split, patients, patientPattern, folds, fold, maxImages } = config;
  if (fold !== null && folds !== null && fold > folds) {
    throw refusal("fold", fold, `a whole number from 1 to ${folds}`);
  }
  if ((folds === null) !== (fold === null)) {
    const [given, other] = folds === null ? ["fold", "folds"] : ["folds", "fold"];
    throw new InputError(
      sentence`${setting(given)} needs ${setting(other)} beside it: into how many parts, and which
        is the validation part`,
    );
  }
  checkPatients({ patients, patientPattern });
  if (split === "random" && (patients !== null || patientPattern !== null)) {
    const given = patients === null ? "patientPattern" : "patients";
    throw new InputError(
      sentence`${setting("split", split)} divides the images of a patient; leave
        ${setting(given)} out`,
    );
  }
  if (isSplitFile(config) && (folds !== null || maxImages !== null)) {
    const surplus = folds === null
      ? sentence`${setting("maxImages")}`
      : sentence`${setting("folds")} and ${setting("fold")}`;
    throw new InputError(
      sentence`${setting("split", split)} names the images of each part; leave ${surplus} out, or
        take ${setting("split", "grouped")}`,
    );
  }
  checkShares(config);
}

/** Throws {@linkcode InputError} when both a table and a pattern name the patients. */
export function checkPatients(
  { patients, patientPattern }: {
    readonly patients?: string | null | undefined;
    readonly patientPattern?: string | null | undefined;
  },
): void {
  if (typeof patients !== "string" || typeof patientPattern !== "string") return;
  throw new InputError(
    sentence`${setting("patients")} and ${setting("patientPattern")} both say who the patients are;
      give one`,
  );
}

/** The network that a configuration trains: one grey channel in, one logit out. */
export function networkOfConfig(config: TrainingConfig): Network {
  const { baseChannels, bilinear, blocks, attention, deepSupervision, levels, widthCap } = config;
  const { norm, normGroups, dropout, dropoutKind } = config;
  return {
    inChannels: 1,
    classes: 1,
    base: baseChannels,
    bilinear,
    ...(blocks !== "plain" && { blocks }),
    ...(attention && { attention }),
    ...(deepSupervision && { deepSupervision }),
    ...(levels !== LEVELS.default && { levels }),
    ...(widthCap !== null && { widthCap }),
    ...(norm !== "batch" && { norm }),
    ...(norm === "group" && { groups: normGroups ?? DEFAULT_GROUPS }),
    ...(dropout > 0 && { dropout }),
    ...(dropout > 0 && dropoutKind !== "channels" && { dropoutKind }),
  };
}

/** The fields of a network: what {@linkcode networkOfConfig} reads. */
export function configOfNetwork(network: Network) {
  const { base: baseChannels, bilinear, blocks = "plain", attention = false } = network;
  const { deepSupervision = false, levels = LEVELS.default, widthCap } = network;
  const { norm = "batch", groups: normGroups = null } = network;
  const options = { baseChannels, bilinear, blocks, attention, deepSupervision, norm, normGroups };
  return { ...options, levels, widthCap: widthCap ?? null };
}

/** The batch sizes for `images` images: the full size, and that of a smaller last batch. */
export function batchSizes(images: number, batch: number): number[] {
  const sizes = new Set<number>();
  if (images >= batch) sizes.add(batch);
  if (images % batch !== 0) sizes.add(images % batch);
  return [...sizes];
}

/** The configuration as plain JSON with a fixed order of keys. */
export function configToJson(config: TrainingConfig): Record<string, unknown> {
  return fieldsToJson(CONFIG_FIELDS, config);
}

/**
 * Reads the result of {@linkcode configToJson}. `source` names the file in errors. Throws
 * {@linkcode InputError} for unknown or missing keys and for invalid values.
 */
export function configFromJson(json: unknown, source: string): TrainingConfig {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new InputError(`${source} holds no configuration: expected a JSON object`);
  }
  const entries = new Map(Object.entries(json));
  const config = takeFields(CONFIG_FIELDS, entries, source);
  for (const name of entries.keys()) {
    throw new InputError(`${source} has the unknown key "${name}"`);
  }
  naming(source, () => checkConfig(config));
  return config;
}

/** The names of the fields in the order of the saved file. */
export const CONFIG_KEYS = Object.keys(CONFIG_FIELDS) as (keyof TrainingConfig)[];
