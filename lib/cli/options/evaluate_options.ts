/**
 * The options of `evaluate`.
 *
 * @module
 */
import { Command, Option } from "@commander-js/extra-typings";
import { DEFAULT_BOOTSTRAP, PREDICTION_FIELDS, SELECTION_FIELDS } from "../../mod.ts";
import { addEngineOptions, noAutotuneOption } from "./field_options.ts";
import { FLAGS } from "./flags.ts";
import { DATA_OPTION, outDirOption } from "./folder_options.ts";
import { jsonOption, quietOption } from "./output_options.ts";
import {
  addText,
  fitOption,
  MODEL_OPTION,
  parseNumber,
  parseNumberOrAuto,
  parseNumberOrPair,
  parseSize,
} from "./values.ts";

/** `evaluate` with its options, without an action. */
export function evaluateCommand() {
  const { resamples, seed } = DEFAULT_BOOTSTRAP;
  const { threshold, tta, mmPerPx, spacings } = PREDICTION_FIELDS;
  const { masks, maskPattern, missingMasks, maskThreshold, maskClass } = SELECTION_FIELDS;
  const { patients, patientPattern } = SELECTION_FIELDS;
  const command = new Command("evaluate")
    .description(
      "Measure how well a model outlines lesions whose masks are known: overlap, distance of the outlines, lesions " +
        "found, missed and false, false alarms, with intervals. By default the model of the newest run, on the " +
        "test images of that run, or on its validation images where it has no test images.",
    )
    .argument("[run]", "the run, or group of runs, whose model to measure; as --model")
    .requiredOption(...DATA_OPTION)
    .addOption(outDirOption())
    .option(...MODEL_OPTION, addText)
    .option("--baseline <name>", "a second model or run, compared image by image with the first")
    .option(
      "--split <file>",
      "a split.json that names the images (default: that of the model's run)",
    )
    .addOption(
      new Option(
        "--part <name>",
        "the part of the split (default: test, or validation without one)",
      )
        .choices(["train", "validation", "test"] as const),
    )
    .option("--images <folder>", "all images in this folder, without a split")
    .option(FLAGS.masks, `${masks.says} (default: as in training, or found)`, addText)
    .option(FLAGS.maskPattern, `${maskPattern.says} (default: as in training, or found)`, addText)
    .addOption(
      new Option(FLAGS.missingMasks, `${missingMasks.says} (default: as in training)`)
        .choices(missingMasks.choices),
    )
    .option(FLAGS.maskThreshold, `${maskThreshold.says} (default: as in training)`, parseNumber)
    .option(FLAGS.maskClass, `${maskClass.says} (default: as in training)`)
    .option(FLAGS.patients, patients.says)
    .option(FLAGS.patientPattern, patientPattern.says)
    .option(
      "--eval-size <size>",
      "measure at this size, such as 256 or 512x384 (default: each image's own)",
      parseSize,
    )
    .option(
      FLAGS.threshold,
      `${threshold.says} (default: ${threshold.default}, or of several models their recipe's)`,
      parseNumberOrAuto,
    )
    .addOption(new Option(FLAGS.tta, `${tta.says} (default: ${tta.default})`).choices(tta.choices))
    .option(FLAGS.mmPerPx, mmPerPx.says, parseNumberOrPair)
    .option(FLAGS.spacings, spacings.says)
    .option("--out <folder>", "where to write (default: evaluation/ in the model's run)")
    .option(
      "--size <px>",
      "network input, for a model that does not tell its own (default: 512)",
      parseSize,
    )
    .addOption(fitOption())
    .option("--resamples <count>", "draws of the bootstrap", parseNumber, resamples)
    .option("--seed <number>", "for these draws", parseNumber, seed);
  addEngineOptions(command);
  return command.addOption(noAutotuneOption())
    .addOption(jsonOption()).addOption(quietOption());
}

/** The parsed options of `evaluate`. */
export type EvaluateOptions = ReturnType<ReturnType<typeof evaluateCommand>["opts"]>;
