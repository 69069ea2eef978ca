/**
 * The options of `evaluate`.
 *
 * @module
 */
import { Command, Option } from "@commander-js/extra-typings";
import { DEFAULT_BOOTSTRAP } from "../../evaluate/bootstrap.ts";
import {
  deviceOption,
  gpuMemoryOption,
  memoryLimitOption,
  noTuneOption,
  threadsOption,
} from "./train_options.ts";
import { parseNumber, parseSize } from "./values.ts";
import { THRESHOLD } from "../../image/overlap.ts";

/** `evaluate` with its options, still without its action. */
export function evaluateCommand() {
  const { resamples, seed } = DEFAULT_BOOTSTRAP;
  return new Command("evaluate")
    .description(
      "Measure how well a model outlines lesions whose masks are known: overlap, distance of the outlines, lesions " +
        "found, missed and false, false alarms, with intervals. By default the best model of the newest run, on the " +
        "test images of that run.",
    )
    .requiredOption("--data <folder>", "the data directory (the tasks give DATA_DIR)")
    .option(
      "--model <file>",
      "a .safetensors or .pth file (default: the best model of the newest run)",
    )
    .option("--against <file>", "a second model, compared image by image with the first")
    .option(
      "--split <file>",
      "a split.json that names the images (default: that of the model's run)",
    )
    .addOption(
      new Option("--part <name>", "the part of the split (default: test)")
        .choices(["train", "validation", "test"] as const),
    )
    .option("--images <folder>", "all images in this folder, without a split")
    .option(
      "--mask-pattern <text>",
      "what follows an image's name in its masks' (default: the model's)",
    )
    .addOption(
      new Option(
        "--missing-masks <how>",
        "an image without a mask is an error, or has no lesion (default: as in training)",
      ).choices(["refuse", "empty"] as const),
    )
    .option("--groups <file>", "a table of patients, with the columns file and patient")
    .option("--group-pattern <regex>", "what finds the patient in the path of an image")
    .option(
      "--at <size>",
      "measure at this size, such as 256 or 512x384 (default: each image's own)",
      parseSize,
    )
    .option(
      "--threshold <probability>",
      "above it a pixel belongs to a lesion",
      parseNumber,
      THRESHOLD,
    )
    .option("--out <folder>", "where to write (default: evaluation/ in the model's run)")
    .option(
      "--size <px>",
      "network input, for a model that does not tell its own (default: 512)",
      parseSize,
    )
    .option("--resamples <count>", "draws of the bootstrap", parseNumber, resamples)
    .option("--seed <number>", "for these draws", parseNumber, seed)
    .addOption(deviceOption())
    .addOption(threadsOption())
    .addOption(memoryLimitOption())
    .addOption(gpuMemoryOption())
    .addOption(noTuneOption());
}

/** The options of `evaluate` as they were given. */
export type EvaluateOptions = ReturnType<ReturnType<typeof evaluateCommand>["opts"]>;
