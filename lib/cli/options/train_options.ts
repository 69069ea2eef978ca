/**
 * The options of `train`.
 *
 * No option has a default here. An omitted option takes its value from the resumed run, then from
 * the `--config` file, then from the default configuration.
 *
 * @module
 */
import { Command, Option } from "@commander-js/extra-typings";
import { CONFIG_FIELDS, SETTINGS_FIELDS } from "../../mod.ts";
import { addFieldOptions, noAutotuneOption } from "./field_options.ts";
import { DATA_OPTION, outDirOption } from "./folder_options.ts";
import { jsonOption, quietOption } from "./output_options.ts";

/** `train` with its options, without an action. */
export function trainCommand() {
  const command = new Command("train")
    .description(
      "Train a U-Net on the images and masks in the data directory. Everything about a run is kept in " +
        "runs/NAME in the output directory.",
    )
    .requiredOption(...DATA_OPTION)
    .addOption(outDirOption());
  addFieldOptions(command, CONFIG_FIELDS);
  const withRun = command
    .option("--name <run>", "name of the run (default: date and time)")
    .addOption(
      new Option("--resume <run>", "go on with a run, exactly as if it had not stopped")
        .conflicts(["weights", "config", "name"]),
    )
    .option(
      "--from-previous",
      "with --resume: go on from the checkpoint before the last, when the last is damaged",
    )
    .option(
      "--weights <file-or-run>",
      "begin with the weights of a .safetensors or .pth file, or of a run, and a fresh optimiser",
    )
    .addOption(
      new Option(
        "--find-lr [folder]",
        "begin no run: try learning rates from 1e-6 to 1 with the images and all other options, suggest one, " +
          "and write the curve into this folder of the output directory (default: find-lr)",
      ).conflicts(["resume", "fromPrevious", "name"]),
    )
    .option("--config <file>", "a run's config.json; options given beside it win")
    .addOption(
      new Option(
        "--dry-run",
        "begin no run: read and split the images, tell memory and time, and write nothing",
      ).conflicts(["resume", "fromPrevious", "findLr"]),
    );
  addFieldOptions(withRun, SETTINGS_FIELDS);
  return withRun.addOption(noAutotuneOption())
    .addOption(jsonOption().conflicts("findLr")).addOption(quietOption());
}
