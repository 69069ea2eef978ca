/**
 * Describes model files.
 *
 * @module
 */
import {
  type bestRun,
  DEFAULT_CONFIG,
  graphOf,
  type Model,
  type ModelCard,
  type NetworkInput,
  parameterCount,
  runOf,
} from "../../mod.ts";
import { spelled } from "../options/flags.ts";
import type { Say } from "../terminal/say.ts";
import { count, figure, plural, shellWord, table } from "./words.ts";

const FORMATS: Readonly<Record<Model["format"], string>> = {
  pth: "PyTorch",
  safetensors: "safetensors",
};

/** Writes the content of a model file as a table, and what reading it chose or changed. */
export function sayModel(model: Model, say: Pick<Say, "line" | "block">): void {
  say.block(describeModel(model));
  sayNotes(model, say);
}

function describeModel(model: Model): string {
  const { path, format, network, batchesTracked, info } = model;
  return table([
    ["file", `${path} (${FORMATS[format]})`],
    ["network", graphOf(network).details],
    ["channels", count(network.inChannels)],
    ["classes", count(network.classes)],
    ["parameters", count(parameterCount(graphOf(network)))],
    // Batch norms count them.
    ...(network.norm === undefined ? [["batches seen", count(batchesTracked)] as const] : []),
    ["input", inputOf(model)],
    ...(info ? [["trained", trainingOf(info)] as const] : []),
    ...(info?.card ? [["images", imagesOf(info.card)] as const] : []),
  ]);
}

/**
 * A model that was chosen without being named, with its figures and those of the best run: "run
 * second, epoch 5, validation Dice 0.3400; best of your 3 runs: third, 0.6320".
 */
export function chosenModelWords(
  { path, info }: Pick<Model, "path" | "info">,
  best: Awaited<ReturnType<typeof bestRun>>,
): string {
  const run = runOf(path);
  const figures = info === undefined ? [] : [`epoch ${info.epoch}`];
  const dice = info?.valDice ?? null;
  if (dice !== null) figures.push(`validation Dice ${figure(dice)}`);
  const words = [`the newest run, ${run}`, ...figures].join(", ");
  if (best === undefined || best.runs < 2) return words;
  const { best: { run: name, valDice }, runs } = best;
  return name === run
    ? `${words}: the best of your ${runs} runs`
    : `${words}; best of your ${runs} runs: ${name}, ${figure(valDice)} (--model ${
      shellWord(name)
    })`;
}

/** Writes what reading a model chose, left out or changed: one line each. */
export function sayNotes({ notes = [] }: Pick<Model, "notes">, say: Pick<Say, "line">): void {
  for (const note of notes) say.line(`note: ${spelled(note)}`);
}

function inputOf({ info, scaling }: Model): string {
  if (info === undefined) {
    const { mean, std } = scaling ?? DEFAULT_CONFIG;
    const prepared = `mean ${mean}, std ${std}`;
    if (scaling === undefined) return `not told by the file: ${prepared}`;
    const { size, fit, bitsInUse } = scaling;
    const told = size
      ? `${sizeWords({ ...size, ...(fit && { fit }) })}, `
      : `size not told by the file; ${fit ? `fit: ${fit}, ` : ""}`;
    return told + prepared + (bitsInUse ? `, ${bitsInUse} of 16 bits` : "");
  }
  const { mean, std } = info.config;
  return `${sizeWords(info.config)}, mean ${mean}, std ${std}`;
}

/** The size of a network's input; of two ways to fit images into it, `squash` is the usual one. */
function sizeWords({ width, height, fit }: NetworkInput): string {
  return `${width}x${height}${fit === "pad" ? " (fit: pad)" : ""}`;
}

function trainingOf({ epoch, valDice, averaged, card }: NonNullable<Model["info"]>): string {
  const dice = valDice === null ? "" : `, validation Dice ${figure(valDice)}`;
  const weights = averaged ? ", averaged weights" : "";
  return `${plural(epoch, "epoch")}${weights}${dice}${card ? `, by Sonoseg ${card.version}` : ""}`;
}

function imagesOf({ data }: ModelCard): string {
  const order = ["train", "validation", "test"];
  return Object.entries(data)
    .sort(([a], [b]) => order.indexOf(a) - order.indexOf(b))
    .map(([part, { images, lesion_free }]) =>
      `${part} ${count(images)} (${count(lesion_free)} without a lesion)`
    ).join(", ");
}
