/**
 * The options of `train`, and how they become a configuration.
 *
 * No option has a default here: what is not given comes from the run that is resumed, from the file
 * given with `--config`, or from the tutorial, in this order.
 *
 * @module
 */
import { Command, Option } from "@commander-js/extra-typings";
import { InputError } from "../../core/errors.ts";
import { checkConfig, DEFAULT_CONFIG, OPTION_OF, type TrainingConfig } from "../../train/config.ts";
import { isSplitFile } from "../../dataset/selection.ts";
import { checkSettings, DEFAULT_SETTINGS, type RunSettings } from "../../run/run_settings.ts";
import { parseBytes, parseNumber, parseSize } from "./values.ts";

/** `train` with its options, still without its action. */
export function trainCommand() {
  const { images, maskPattern, trainFraction, seed, mean, std } = DEFAULT_CONFIG;
  const { base, epochs, batch, learningRate, width } = DEFAULT_CONFIG;
  return new Command("train")
    .description(
      "Train a U-Net on the images and masks in the data directory. Everything about a run is kept in " +
        "runs/NAME there.",
    )
    .requiredOption("--data <folder>", "the data directory (the tasks give DATA_DIR)")
    .option("--images <folder>", `images and masks, inside the data directory (default: ${images})`)
    .option(
      "--mask-pattern <text>",
      `what follows an image's name in its masks' (default: ${maskPattern})`,
    )
    .addOption(
      new Option(
        "--missing-masks <how>",
        "an image without a mask is an error, or has no lesion (default: refuse)",
      )
        .choices(["refuse", "empty"] as const),
    )
    .option(
      "--limit <count>",
      "use only so many images, chosen at random (default: all)",
      parseNumber,
    )
    .option(
      "--split <how>",
      "grouped: near duplicates stay together, classes are balanced; random; or a file like a run's split.json " +
        "(default: grouped)",
    )
    .option("--groups <file>", "a CSV table (file, patient): a patient's images stay together")
    .option(
      "--group-pattern <regex>",
      "finds the patient in an image's path: its first group, or all that it matches",
    )
    .option("--folds <count>", "cross-validation: so many parts of equal size", parseNumber)
    .option("--fold <number>", "the part to test on, from 1", parseNumber)
    .option(
      "--train-fraction <share>",
      `share to train on (default: ${trainFraction})`,
      parseNumber,
    )
    .option(
      "--size <px>",
      `network input: 512, or width x height: 512x384 (default: ${width})`,
      parseSize,
    )
    .option(
      "--mean <value>",
      `subtracted from grey values from 0 to 1 (default: ${mean})`,
      parseNumber,
    )
    .option("--std <value>", `the difference is divided by it (default: ${std})`, parseNumber)
    .option("--base <channels>", `width of the first level (default: ${base})`, parseNumber)
    .option("--bilinear", "decoder with bilinear upsampling (default: transposed convolutions)")
    .option("--no-bilinear", "decoder with transposed convolutions")
    .option("--epochs <count>", `passes over the training images (default: ${epochs})`, parseNumber)
    .option("--batch <images>", `images per step (default: ${batch})`, parseNumber)
    .option("--lr <rate>", `Adam's learning rate (default: ${learningRate})`, parseNumber)
    .option("--seed <number>", `for split, weights and order (default: ${seed})`, parseNumber)
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
      "--save-every <minutes>",
      `also save inside an epoch, this often; 0: only after each (default: ${DEFAULT_SETTINGS.saveEvery})`,
      parseNumber,
    )
    .option(
      "--weights <file>",
      "begin with the weights of a .safetensors or .pth file, and a fresh optimiser",
    )
    .option("--config <file>", "a run's config.json; options given beside it win")
    .addOption(deviceOption())
    .addOption(threadsOption())
    .addOption(memoryLimitOption())
    .addOption(gpuMemoryOption())
    .addOption(noTuneOption())
    .option("--samples <count>", "test images drawn into samples/ (default: 10)", parseNumber)
    .option(
      "--snapshots <epochs>",
      "draw the first test images into snapshots/ after so many epochs each; 0: never (default: ever more rarely)",
      parseNumber,
    );
}

/** `--device`, shared by the commands that compute. */
export function deviceOption() {
  return new Option(
    "--device <which>",
    "where to compute; auto takes a GPU if there is a real one (default: auto)",
  )
    .choices(["auto", "cpu", "gpu"] as const);
}

/** `--threads`, of the CPU engine. */
export function threadsOption() {
  return new Option("--threads <count>", "threads of the CPU engine (default: one per core)")
    .argParser(parseNumber);
}

/** `--memory-limit`, of the CPU engine. */
export function memoryLimitOption() {
  return new Option(
    "--memory-limit <bytes>",
    "most memory for the CPU engine, such as 2GiB (default: 4GiB)",
  ).argParser(parseBytes);
}

/** `--gpu-memory`, of the GPU engine. */
export function gpuMemoryOption() {
  return new Option(
    "--gpu-memory <bytes>",
    "most GPU memory, such as 6GiB (default: what the GPU has; 4GiB on an adapter in software)",
  ).argParser(parseBytes);
}

/** `--no-tune`, of the GPU engine. */
export function noTuneOption() {
  return new Option(
    "--no-tune",
    "take the usual kernels on a GPU instead of measuring at first use",
  );
}

/** The options of `train` as they were given. */
export type TrainOptions = ReturnType<ReturnType<typeof trainCommand>["opts"]>;

/** The configuration's fields that were given as options. */
export function givenConfig(options: TrainOptions): Partial<TrainingConfig> {
  const { images, maskPattern, missingMasks, limit, trainFraction, seed, size, mean, std } =
    options;
  const { split, groups, groupPattern, folds, fold } = options;
  const { base, bilinear, epochs, batch, lr } = options;
  return withoutUndefined({
    images,
    maskPattern,
    missingMasks,
    limit,
    split,
    groups,
    groupPattern,
    folds,
    fold,
    trainFraction,
    seed,
    width: size?.width,
    height: size?.height,
    mean,
    std,
    base,
    bilinear,
    epochs,
    batch,
    learningRate: lr,
  });
}

/** The settings that were given as options, of any command that has some of them. */
export function givenSettings(
  options: { readonly [Key in keyof RunSettings]?: RunSettings[Key] | undefined },
): Partial<RunSettings> {
  const { device, threads, memoryLimit, gpuMemory, samples, snapshots, saveEvery } = options;
  return withoutUndefined({
    device,
    threads,
    memoryLimit,
    gpuMemory,
    samples,
    snapshots,
    saveEvery,
  });
}

/** The configuration of a new run; throws {@linkcode InputError} when it cannot be used. */
export function newConfig(
  given: Partial<TrainingConfig>,
  base: TrainingConfig = DEFAULT_CONFIG,
): TrainingConfig {
  const config = { ...base, ...given };
  checkConfig(config);
  if (given.trainFraction !== undefined && (config.folds !== null || isSplitFile(config))) {
    throw new InputError(
      `--train-fraction has no say beside ${
        config.folds === null ? `--split ${config.split}` : "--folds"
      }; leave one of them out`,
    );
  }
  return config;
}

/** The settings of a run; throws {@linkcode InputError} when they cannot be used. */
export function newSettings(
  given: Partial<RunSettings>,
  base: RunSettings = DEFAULT_SETTINGS,
): RunSettings {
  const settings = { ...base, ...given };
  checkSettings(settings);
  return settings;
}

/**
 * The configuration of a run that goes on: only the number of epochs may be another.
 * Throws {@linkcode InputError} for an option that would break the run, and when there is nothing to do.
 */
export function resumedConfig(
  given: Partial<TrainingConfig>,
  saved: TrainingConfig,
  finishedEpochs: number,
  run: string,
  owesTest = false,
): TrainingConfig {
  for (const key of Object.keys(given) as (keyof TrainingConfig)[]) {
    if (key === "epochs" || given[key] === saved[key]) continue;
    throw new InputError(
      `${OPTION_OF[key]} cannot change when a run is resumed: run ${run} was made with ` +
        `${saved[key]}, not ${
          given[key]
        }; begin a new run with --weights runs/${run}/last.safetensors`,
    );
  }
  const config = newConfig(given, saved);
  // A run that was killed between its last epoch and its test goes on to the test.
  if (owesTest && config.epochs === finishedEpochs) return config;
  if (config.epochs <= finishedEpochs) {
    throw new InputError(
      `run ${run} has finished ${finishedEpochs} epochs, and ${config.epochs} are asked for: there is nothing ` +
        `to do; to go on, give a larger number with --epochs`,
    );
  }
  return config;
}

function withoutUndefined<Fields extends object>(
  fields: Fields,
): { [Key in keyof Fields]?: Exclude<Fields[Key], undefined> } {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as { [Key in keyof Fields]?: Exclude<Fields[Key], undefined> };
}
