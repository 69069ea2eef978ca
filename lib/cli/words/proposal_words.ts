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
import { givenText } from "../options/field_options.ts";
import { task } from "./task.ts";
import { batchWords, bytes, duration, plural } from "./words.ts";

/**
 * The lines about a proposal.
 *
 * @param given The settings of `train` that were given to `inspect`.
 */
export function describeProposal(proposal: Proposal, given: Partial<TrainingConfig>): string {
  const { recipe, config, seconds, adapter, memoryBytes } = proposal;
  const { width, height, baseChannels, epochs, batch, accumulate } = config;
  const { name, members, dice, cases } = recipe;
  const [low, high] = diceInterval(recipe).map((value) => value.toFixed(2));
  const networks = members === 1 ? "" : `, ${members} networks`;
  return [
    `to begin with, recipe ${name}: ${width}x${height} px, base ${baseChannels}, ${
      batchWords(batch, accumulate)
    }, ` +
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

/** The command that trains with these settings. */
export function commandOf(settings: Partial<TrainingConfig>): string {
  const all = { ...DEFAULT_CONFIG, ...settings };
  const differs = (name: keyof TrainingConfig) =>
    String(all[name]) !== String(DEFAULT_CONFIG[name]);
  const isResized = differs("width") || differs("height");
  const changed = CONFIG_KEYS.filter((name) =>
    name === "width" || name === "height" ? isResized : differs(name)
  );
  const options = givenText(Object.fromEntries(changed.map((name) => [name, all[name]])));
  return task("train", options).trimEnd();
}
