/**
 * Spells fields and names of the library for the command line: `learningRate` is `--lr`, the
 * command `train` is `deno task -q train`.
 *
 * @module
 */
import type {
  Mention,
  PredictionWishes,
  RunSettings,
  Sentence,
  TrainingConfig,
} from "../../mod.ts";
import { task } from "../words/task.ts";
import { shellWord } from "../words/words.ts";

/** The option that sets each field, with the name of its value. */
export const FLAGS = {
  images: "--images <folder>",
  masks: "--masks <folder>",
  maskPattern: "--mask-pattern <text>",
  missingMasks: "--missing-masks <how>",
  maskThreshold: "--mask-threshold <level>",
  maskClass: "--mask-class <name>",
  maxImages: "--max-images <count>",
  split: "--split <how>",
  patients: "--patients <file>",
  patientPattern: "--patient-pattern <regex>",
  folds: "--folds <count>",
  fold: "--fold <number>",
  trainFraction: "--train-fraction <share>",
  validationFraction: "--validation-fraction <share>",
  testFraction: "--test-fraction <share>",
  seed: "--seed <number>",
  splitSeed: "--split-seed <number>",
  width: "--size <px>",
  height: "--size <px>",
  fit: "--fit <how>",
  mean: "--mean <value>",
  std: "--std <value>",
  baseChannels: "--base-channels <count>",
  bilinear: "--bilinear",
  blocks: "--blocks <kind>",
  attention: "--attention",
  deepSupervision: "--deep-supervision",
  levels: "--levels <count>",
  widthCap: "--width-cap <channels>",
  norm: "--norm <kind>",
  normGroups: "--norm-groups <count>",
  dropout: "--dropout <probability>",
  dropoutKind: "--dropout-kind <kind>",
  epochs: "--epochs <count>",
  batch: "--batch <images>",
  recipe: "--recipe <name>",
  keep: "--keep <which>",
  ensembleThreshold: "--ensemble-threshold <probability>",
  augment: "--augment <policy>",
  lesionFreeShare: "--lesion-free-share <share>",
  loss: "--loss <terms>",
  optimizer: "--optimizer <rule>",
  accumulate: "--accumulate <batches>",
  learningRate: "--lr <rate>",
  momentum: "--momentum <share>",
  weightDecay: "--weight-decay <rate>",
  schedule: "--schedule <shape>",
  scheduleEpochs: "--schedule-epochs <count>",
  warmupEpochs: "--warmup-epochs <count>",
  finalRate: "--final-rate <share>",
  clipNorm: "--clip-norm <norm>",
  ema: "--ema <decay>",
  precision: "--precision <kind>",
  patience: "--patience <epochs>",
  device: "--device <which>",
  threads: "--threads <count>",
  memoryLimit: "--memory-limit <bytes>",
  gpuMemory: "--gpu-memory <bytes>",
  members: "--members <count>",
  sampleImages: "--sample-images <count>",
  snapshotEvery: "--snapshot-every <epochs>",
  keepEvery: "--keep-every <epochs>",
  tensorboard: "--tensorboard",
  saveEvery: "--save-every <minutes>",
  threshold: "--threshold <probability>",
  tta: "--tta <mode>",
  minArea: "--min-area <px>",
  keepLargest: "--keep-largest",
  mmPerPx: "--mm-per-px <mm>",
  spacings: "--spacings <file>",
} as const satisfies Record<
  keyof TrainingConfig | keyof RunSettings | keyof PredictionWishes,
  string
>;

/**
 * The flag of a field or of another option: `--lr`. Width and height name their part of `--size`.
 */
export function flagOf(name: string): string {
  if (name === "width" || name === "height") return `--size (${name})`;
  if (name in FLAGS) return FLAGS[name as keyof typeof FLAGS].split(" ")[0];
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** Spells a sentence of the library for the command line. */
export function spelled(text: string | Sentence): string {
  return typeof text === "string" ? text : text.spelled(spell);
}

/** Spells a setting or a command for the command line. */
export function spell({ kind, name, value }: Mention): string {
  const word = kind === "setting" ? flagOf(name) : task(name);
  return value === undefined ? word : `${word} ${shellWord(String(value))}`;
}

/** Options and values of earlier versions, with their replacements. */
const RENAMED: Readonly<Record<string, string>> = {
  "--groups": "--patients",
  "--group-pattern": "--patient-pattern",
  "--limit": "--max-images",
  "--base": "--base-channels",
  "--samples": "--sample-images",
  "--snapshots": "--snapshot-every",
  "--no-tune": "--no-autotune",
  "--at": "--eval-size",
  "--against": "--baseline",
  "--verify": "--check-model",
  "--missing-masks refuse": "--missing-masks error",
};

/**
 * Replaces an error of Commander about an option of an earlier version: the text gives its new
 * name. Returns `undefined` for other errors, and if the command lacks the new option. `options`
 * are the flags of the command.
 */
export function renamedOption(error: string, options: readonly string[]): string | undefined {
  const [, flag, value] = /^error: unknown option '(--[a-z-]+)/.exec(error) ??
    /^error: option '(--[a-z-]+)[^']*' argument '([^']*)' is invalid/.exec(error) ?? [];
  const old = value === undefined ? flag : `${flag} ${value}`;
  const name = old === undefined ? undefined : RENAMED[old];
  if (name === undefined || !options.includes(name.split(" ")[0])) return undefined;
  return `error: ${old} is called ${name} now`;
}
