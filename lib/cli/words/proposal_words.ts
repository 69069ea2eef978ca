/**
 * Words for a proposed recipe, and the command that trains it.
 *
 * @module
 */
import {
  CONFIG_KEYS,
  DEFAULT_CONFIG,
  diceInterval,
  newConfig,
  type Proposal,
  type TrainingConfig,
} from "../../mod.ts";
import { flagOf } from "../options/flags.ts";
import { bytes, duration, plural, shellWord } from "./words.ts";

/**
 * The lines about a proposal.
 *
 * @param given The settings of `train` that were given to `inspect`.
 */
export function describeProposal(proposal: Proposal, given: Partial<TrainingConfig>): string {
  const { recipe, config, seconds, adapter, memoryBytes } = proposal;
  const { width, height, baseChannels, epochs, batch } = config;
  const { name, members, dice, cases } = recipe;
  const [low, high] = diceInterval(recipe).map((value) => value.toFixed(2));
  const networks = members === 1 ? "" : `, ${members} networks`;
  return [
    `to begin with, recipe ${name}: ${width}x${height} px, base ${baseChannels}, batch ${batch}, ` +
    `${plural(epochs, "epoch")}${networks}`,
    `  about ${about(seconds)} here (${adapter}), ${bytes(memoryBytes)}; Dice ${dice.toFixed(2)} ` +
    `(${low} to ${high}) on ${cases} images of BUSI; other images differ`,
    `  ${commandOf({ ...given, ...settingsOf(proposal) })}`,
  ].join("\n");
}

/** A time without false precision: seconds, minutes or hours. */
function about(seconds: number): string {
  if (seconds < 60) return plural(Math.ceil(seconds), "second");
  if (seconds < 5400) return plural(Math.round(seconds / 60), "minute");
  return duration(1000 * seconds);
}

/** The settings to give: those of the recipe, and its epochs where they are others here. */
function settingsOf({ recipe: { settings }, config }: Proposal): Partial<TrainingConfig> {
  const { epochs } = newConfig(settings);
  return { ...settings, ...(config.epochs !== epochs && { epochs: config.epochs }) };
}

/** A size as an option takes it. */
function sizeText({ width, height }: TrainingConfig): string {
  return width === height ? String(width) : `${width}x${height}`;
}

/** The command that trains with these settings. */
export function commandOf(settings: Partial<TrainingConfig>): string {
  const all = { ...DEFAULT_CONFIG, ...settings };
  const changed = CONFIG_KEYS.filter((name) => String(all[name]) !== String(DEFAULT_CONFIG[name]));
  const sides = changed.filter((name) => name === "width" || name === "height");
  const words = changed.flatMap((name) => {
    const value = all[name];
    if (name === sides[0]) return ["--size", sizeText(all)];
    if (name === sides[1]) return [];
    if (typeof value === "boolean") return [flagOf(name)];
    return [value].flat().flatMap((one) => [flagOf(name), shellWord(String(one))]);
  });
  return ["deno task train", ...words].join(" ");
}
