/**
 * How the command line spells what the library calls by fields and names: `learningRate` is `--lr`,
 * the command `train` is `deno task train`.
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
import { shellWord } from "../words/words.ts";

/** The option that sets each field, with the name of its value. */
export const FLAGS = {
  images: "--images <folder>",
  maskPattern: "--mask-pattern <text>",
  missingMasks: "--missing-masks <how>",
  maxImages: "--max-images <count>",
  split: "--split <how>",
  patients: "--patients <file>",
  patientPattern: "--patient-pattern <regex>",
  folds: "--folds <count>",
  fold: "--fold <number>",
  trainFraction: "--train-fraction <share>",
  seed: "--seed <number>",
  width: "--size <px>",
  height: "--size <px>",
  mean: "--mean <value>",
  std: "--std <value>",
  baseChannels: "--base-channels <count>",
  bilinear: "--bilinear",
  epochs: "--epochs <count>",
  batch: "--batch <images>",
  learningRate: "--lr <rate>",
  device: "--device <which>",
  threads: "--threads <count>",
  memoryLimit: "--memory-limit <bytes>",
  gpuMemory: "--gpu-memory <bytes>",
  sampleImages: "--sample-images <count>",
  snapshotEvery: "--snapshot-every <epochs>",
  saveEvery: "--save-every <minutes>",
  threshold: "--threshold <probability>",
  tta: "--tta",
  minArea: "--min-area <px>",
  keepLargest: "--keep-largest",
  mmPerPx: "--mm-per-px <mm>",
} as const satisfies Record<
  keyof TrainingConfig | keyof RunSettings | keyof PredictionWishes,
  string
>;

/** The flag of a field or of another option: `--lr`; of the two sides of `--size` it says which. */
export function flagOf(name: string): string {
  if (name === "width" || name === "height") return `--size (${name})`;
  if (name in FLAGS) return FLAGS[name as keyof typeof FLAGS].split(" ")[0];
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** A sentence of the library as somebody at a terminal is to read it. */
export function spelled(text: string | Sentence): string {
  return typeof text === "string" ? text : text.spelled(spell);
}

function spell({ kind, name, value }: Mention): string {
  const word = kind === "setting" ? flagOf(name) : `deno task ${name}`;
  return value === undefined ? word : `${word} ${shellWord(String(value))}`;
}

/** Options and values of earlier versions, with those that took their place. */
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
 * What to say in place of Commander's error about an option: one of an earlier version is told by
 * its new name, as far as the command has it. `options` are the flags of the command.
 */
export function renamedOption(error: string, options: readonly string[]): string | undefined {
  const [, flag, value] = /^error: unknown option '(--[a-z-]+)/.exec(error) ??
    /^error: option '(--[a-z-]+)[^']*' argument '([^']*)' is invalid/.exec(error) ?? [];
  const old = value === undefined ? flag : `${flag} ${value}`;
  const name = old === undefined ? undefined : RENAMED[old];
  if (name === undefined || !options.includes(name.split(" ")[0])) return undefined;
  return `error: ${old} is called ${name} now`;
}
