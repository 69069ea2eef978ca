/**
 * What is said before a run begins: its settings, what was found, what it will cost.
 *
 * @module
 */
import type { Dataset, DatasetCounts } from "../data/samples.ts";
import type { ChosenEngine } from "../engine/choose.ts";
import type { TrainingConfig } from "../train/config.ts";
import type { RunImages } from "../train/images.ts";
import { describeDevice } from "./device.ts";
import { bytes, count, flops, plural, table } from "./words.ts";

/** What {@linkcode describeRun} puts into words. */
export interface RunFacts {
  readonly run: string;
  readonly config: TrainingConfig;
  readonly images: RunImages;
  readonly datasets: { readonly train: Dataset; readonly test: Dataset };
  readonly parameters: number;
  readonly flopsPerEpoch: number;
  readonly memoryBytes: number;
  readonly chosen: ChosenEngine;
}

const LISTED_FILES = 3;

/** The lines before the first step. */
export function describeRun(facts: RunFacts): string {
  const { config, chosen } = facts;
  const { train, test } = facts.datasets;
  const lines = [
    `run ${facts.run}`,
    table([...configRows(config), ["device", describeDevice(chosen)]]),
    "found",
    table(foundRows(facts.images, train.counts, test.counts)),
    "cost",
    table([
      ["parameters", count(facts.parameters)],
      ["work", `${flops(facts.flopsPerEpoch)} per epoch`],
      ["memory", describeMemory(facts.memoryBytes, chosen.engine.memoryLimit)],
    ]),
  ];
  const rescaled = [...train.counts.rescaled, ...test.counts.rescaled];
  if (rescaled.length > 0) {
    const more = rescaled.length > LISTED_FILES
      ? `, and ${rescaled.length - LISTED_FILES} more`
      : "";
    lines.push(
      `note: ${
        plural(rescaled.length, "mask")
      } with two other grey levels taken as black and white ` +
        `(${rescaled.slice(0, LISTED_FILES).join(", ")}${more})`,
    );
  }
  return lines.join("\n");
}

/** The limit is infinite on a GPU whose memory nobody bounds: WebGPU does not tell how much there is. */
function describeMemory(needed: number, limit: number): string {
  return limit === Infinity
    ? `${bytes(needed)} on the GPU`
    : `${bytes(needed)} of at most ${bytes(limit)}`;
}

function configRows(config: TrainingConfig): [string, string][] {
  const { width, height, base, bilinear, epochs, batch, learningRate, trainFraction } = config;
  const { seed, mean, std, images, maskPattern, missingMasks, limit } = config;
  return [
    ["images", images === "." ? "the whole data directory" : images],
    ["masks", `names end with "${maskPattern}"; missing ones: ${missingMasks}`],
    ["limit", limit === null ? "none" : plural(limit, "image")],
    ["split", `${trainFraction} for training, seed ${seed}`],
    ["input", `${width}x${height}, mean ${mean}, std ${std}`],
    ["network", `base width ${base}, ${bilinear ? "bilinear" : "transposed-convolution"} decoder`],
    ["training", `${plural(epochs, "epoch")}, batch ${batch}, Adam, learning rate ${learningRate}`],
  ];
}

function foundRows(
  { found, split }: RunImages,
  train: DatasetCounts,
  test: DatasetCounts,
): [string, string][] {
  const sum = (pick: (counts: DatasetCounts) => number) => pick(train) + pick(test);
  const used = split.train.length + split.test.length;
  const all = found.pairs.length + found.unmasked.length;
  const rows: [string, string][] = [
    [
      "images",
      `${plural(used, "image")}${used < all ? ` of ${count(all)}` : ""}: ` +
      `${count(split.train.length)} to train, ${count(split.test.length)} to test`,
    ],
    ["masks", `${plural(sum(({ masks }) => masks), "file")}`],
    ["several masks", plural(sum(({ withSeveralMasks }) => withSeveralMasks), "image")],
    ["normals", `${plural(sum(({ normals }) => normals), "image")} without a lesion`],
    ["soft edges", plural(sum(({ softEdged }) => softEdged), "mask")],
  ];
  const colour = sum((counts) => counts.colour);
  if (colour > 0) rows.push(["colour", `${plural(colour, "image")}, converted to grey`]);
  const full = sum((counts) => counts.full);
  if (full > 0) rows.push(["full masks", `${plural(full, "mask")} cover the whole image`]);
  return rows;
}
