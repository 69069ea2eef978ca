/**
 * What fixes a training run: the network, the data, the schedule. The defaults are the tutorial's.
 *
 * Device, threads, memory and the number of sample pictures are no part of it: a run may be resumed with others
 * (see run_settings.ts).
 *
 * @module
 */
import { isSplitFile, type SelectionConfig } from "../dataset/selection.ts";
import { InputError } from "../core/errors.ts";
import { checkNetwork, type Network, SMALLEST_SIDE } from "../network/network.ts";

/** Everything that the result of a training run depends on, apart from the files. */
export interface TrainingConfig extends SelectionConfig {
  /** Size of the network's input, px. */
  readonly width: number;
  readonly height: number;
  /** Grey values are divided by 255, then `(x - mean) / std`. */
  readonly mean: number;
  readonly std: number;
  /** Channels of the first level. */
  readonly base: number;
  /** Bilinear upsampling in place of transposed convolutions. */
  readonly bilinear: boolean;
  readonly epochs: number;
  /** Images per training step. */
  readonly batch: number;
  /** Adam's learning rate. */
  readonly learningRate: number;
}

/** The tutorial's settings, but for the split, which does not leak. */
export const DEFAULT_CONFIG: TrainingConfig = {
  images: ".",
  maskPattern: "_mask",
  missingMasks: "refuse",
  limit: null,
  split: "grouped",
  groups: null,
  groupPattern: null,
  folds: null,
  fold: null,
  trainFraction: 0.8,
  seed: 0,
  width: 512,
  height: 512,
  mean: 0.485,
  std: 0.229,
  base: 64,
  bilinear: false,
  epochs: 40,
  batch: 4,
  learningRate: 1e-3,
};

/** The option that sets a field, so that a message names what the user typed. */
export const OPTION_OF: Readonly<Record<keyof TrainingConfig, string>> = {
  images: "--images",
  maskPattern: "--mask-pattern",
  missingMasks: "--missing-masks",
  limit: "--limit",
  split: "--split",
  groups: "--groups",
  groupPattern: "--group-pattern",
  folds: "--folds",
  fold: "--fold",
  trainFraction: "--train-fraction",
  seed: "--seed",
  width: "--size",
  height: "--size",
  mean: "--mean",
  std: "--std",
  base: "--base",
  bilinear: "--bilinear",
  epochs: "--epochs",
  batch: "--batch",
  learningRate: "--lr",
};

/** What held before a field was there, for the files of earlier versions. */
const BEFORE: Partial<TrainingConfig> = {
  split: "random",
  groups: null,
  groupPattern: null,
  folds: null,
  fold: null,
};

const LARGEST_SIDE = 16384;

/** Checks every field; throws {@linkcode InputError} for the first that cannot be used. */
export function checkConfig(config: TrainingConfig): void {
  const { images, maskPattern, missingMasks, limit, bilinear } = config;
  if (typeof images !== "string" || images === "") refuse("images", images, "the name of a folder");
  if (typeof maskPattern !== "string" || !/^[^/\\]+$/.test(maskPattern)) {
    refuse("maskPattern", maskPattern, "what follows an image's name in its mask's, like _mask");
  }
  if (missingMasks !== "refuse" && missingMasks !== "empty") {
    refuse("missingMasks", missingMasks, "refuse or empty");
  }
  if (typeof bilinear !== "boolean") refuse("bilinear", bilinear, "true or false");
  if (limit !== null) checkWhole(config, "limit", 1, 2 ** 31 - 1);
  checkWhole(config, "seed", 0, Number.MAX_SAFE_INTEGER);
  checkSplit(config);
  checkWhole(config, "width", SMALLEST_SIDE, LARGEST_SIDE);
  checkWhole(config, "height", SMALLEST_SIDE, LARGEST_SIDE);
  checkWhole(config, "base", 1, 1024);
  checkWhole(config, "epochs", 1, 1_000_000);
  checkWhole(config, "batch", 1, 65536);
  checkPositive(config, "learningRate");
  checkPositive(config, "std");
  if (!Number.isFinite(config.mean)) refuse("mean", config.mean, "a number");
  if (!(config.trainFraction > 0 && config.trainFraction < 1)) {
    refuse("trainFraction", config.trainFraction, "a number above 0 and below 1");
  }
  checkNetwork(networkOfConfig(config));
}

/** The fields that decide over the parts, by themselves and together. */
function checkSplit(config: TrainingConfig): void {
  const { split, groups, groupPattern, folds, fold, limit } = config;
  if (typeof split !== "string" || split === "") {
    refuse("split", split, "grouped, random, or a file like a run's split.json");
  }
  for (const key of ["groups", "groupPattern"] as const) {
    const value = config[key];
    if (value !== null && (typeof value !== "string" || value === "")) {
      refuse(key, value, key === "groups" ? "a table of patients" : "a regular expression");
    }
  }
  if (folds !== null) checkWhole(config, "folds", 2, 2 ** 31 - 1);
  if (fold !== null) checkWhole(config, "fold", 1, folds ?? 2 ** 31 - 1);
  if ((folds === null) !== (fold === null)) {
    const [given, other] = folds === null ? ["--fold", "--folds"] : ["--folds", "--fold"];
    throw new InputError(
      `${given} needs ${other} beside it: into how many parts, and which is the test part`,
    );
  }
  if (groups !== null && groupPattern !== null) {
    throw new InputError("--groups and --group-pattern both say who the patients are; give one");
  }
  const patients = groups === null ? groupPattern === null ? null : "--group-pattern" : "--groups";
  if (split === "random" && patients !== null) {
    throw new InputError(`--split random divides the images of a patient; leave ${patients} out`);
  }
  if (isSplitFile(config) && (folds !== null || limit !== null)) {
    throw new InputError(
      `--split ${split} names the images of each part; leave ${
        folds === null ? "--limit" : "--folds and --fold"
      } out, or take --split grouped`,
    );
  }
}

/** The network that a configuration trains: one grey channel in, one logit out. */
export function networkOfConfig(config: TrainingConfig): Network {
  return { inChannels: 1, classes: 1, base: config.base, bilinear: config.bilinear };
}

/** The sizes of the batches that `images` images make: the full one and the smaller last one. */
export function batchSizes(images: number, batch: number): number[] {
  const sizes = new Set<number>();
  if (images >= batch) sizes.add(batch);
  if (images % batch !== 0) sizes.add(images % batch);
  return [...sizes];
}

/** The configuration as plain JSON, keys in a fixed order. */
export function configToJson(config: TrainingConfig): Record<string, unknown> {
  return Object.fromEntries(
    configKeys().map((key) => [snakeCase(key), config[key]]),
  );
}

/**
 * Reads what {@linkcode configToJson} wrote. `source` names the file in messages.
 * Throws {@linkcode InputError} for unknown or missing keys and for values that cannot be used.
 */
export function configFromJson(json: unknown, source: string): TrainingConfig {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new InputError(`${source} holds no configuration: expected a JSON object`);
  }
  const given = new Map(Object.entries(json));
  const config: Partial<Record<keyof TrainingConfig, unknown>> = {};
  for (const key of configKeys()) {
    const name = snakeCase(key);
    if (!given.has(name) && !(key in BEFORE)) throw new InputError(`${source} has no "${name}"`);
    config[key] = given.has(name) ? given.get(name) : BEFORE[key];
    given.delete(name);
  }
  for (const name of given.keys()) {
    throw new InputError(`${source} has the unknown key "${name}"`);
  }
  try {
    checkConfig(config as TrainingConfig);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(`${source} cannot be used: ${error.message}`);
  }
  return config as TrainingConfig;
}

/** The fields in the order in which they are printed and saved. */
export function configKeys(): (keyof TrainingConfig)[] {
  return Object.keys(DEFAULT_CONFIG) as (keyof TrainingConfig)[];
}

/** `trainFraction` as `train_fraction`. */
export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

type NumberKey = {
  [Key in keyof TrainingConfig]: TrainingConfig[Key] extends number | null ? Key : never;
}[keyof TrainingConfig];

function checkWhole(config: TrainingConfig, key: NumberKey, least: number, most: number): void {
  const value = config[key];
  if (!Number.isInteger(value) || value! < least || value! > most) {
    refuse(key, value, `a whole number from ${least} to ${most}`);
  }
}

function checkPositive(config: TrainingConfig, key: NumberKey): void {
  const value = config[key];
  if (!Number.isFinite(value) || value! <= 0) refuse(key, value, "a number above 0");
}

function refuse(key: keyof TrainingConfig, value: unknown, expected: string): never {
  const shown = typeof value === "number" || value === undefined ? value : JSON.stringify(value);
  const which = key === "width" || key === "height" ? `${OPTION_OF[key]} (${key})` : OPTION_OF[key];
  throw new InputError(`${which} is ${shown}; expected ${expected}`);
}
