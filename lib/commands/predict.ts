/**
 * `predict`: outlines lesions in images with a trained model.
 *
 * @module
 */
import { Command } from "@commander-js/extra-typings";
import { DataFolder } from "../data/folder.ts";
import { planPrediction } from "../engine/plan.ts";
import { InputError } from "../errors.ts";
import { DEFAULT_CONFIG, type TrainingConfig } from "../train/config.ts";
import { checkOutput, findInputs } from "../predict/inputs.ts";
import { predictFiles } from "../predict/predict_files.ts";
import { checkThreshold } from "../predict/predict_image.ts";
import { type Model, newestModel, readModel, runOf } from "../train/model_file.ts";
import { FILES } from "../train/run_folder.ts";
import { checkSettings, DEFAULT_SETTINGS, type RunSettings } from "../train/run_settings.ts";
import { describeDevice, openEngine } from "./device.ts";
import { EXIT, Exit } from "./exit.ts";
import { checkModel } from "./model_check.ts";
import { type Say, sayOnStdout } from "./say.ts";
import {
  deviceOption,
  gpuMemoryOption,
  memoryLimitOption,
  noTuneOption,
  threadsOption,
} from "./train_options.ts";
import { parseNumber, parseSize } from "./values.ts";
import { plural } from "./words.ts";

/** `predict` with its options and its action. */
export function predictCommand() {
  return new Command("predict")
    .description(
      "Outline lesions in images with a trained model. For each image a mask, the probabilities and the " +
        "outline over the image are written at the image's own size, with a list of what was found.",
    )
    .argument("<file-or-folder...>", "image files or folders, inside the data directory")
    .requiredOption("--data <folder>", "the data directory (the tasks give DATA_DIR)")
    .option(
      "--model <file>",
      "a .safetensors or .pth file (default: the best model of the newest run)",
    )
    .option("--out <folder>", "where to write (default: predictions/ in the model's run)")
    .option("--threshold <probability>", "above it a pixel belongs to a lesion", parseNumber, 0.5)
    .option(
      "--size <px>",
      "network input, for a model that does not tell its own (default: 512)",
      parseSize,
    )
    .option(
      "--verify",
      "first compute the model's test image, and stop with 3 when this machine gets it wrong",
    )
    .addOption(deviceOption())
    .addOption(threadsOption())
    .addOption(memoryLimitOption())
    .addOption(gpuMemoryOption())
    .addOption(noTuneOption())
    .action(async (inputs, options) => {
      const {
        data,
        model,
        out,
        threshold,
        size,
        verify,
        tune,
        device,
        threads,
        memoryLimit,
        gpuMemory,
      } = options;
      const settings = {
        ...DEFAULT_SETTINGS,
        ...(device !== undefined && { device }),
        ...(threads !== undefined && { threads }),
        ...(memoryLimit !== undefined && { memoryLimit }),
        ...(gpuMemory !== undefined && { gpuMemory }),
      };
      checkSettings(settings);
      const folder = await DataFolder.open(data);
      const failures = await predict(
        { data: folder, inputs, model, out, threshold, size, verify, tune, settings },
        sayOnStdout(),
      );
      if (failures > 0) throw new Exit(EXIT.input);
    });
}

/** What to predict, with what, and where to write. */
export interface PredictRequest {
  readonly data: DataFolder;
  readonly inputs: readonly string[];
  readonly model?: string | undefined;
  readonly out?: string | undefined;
  readonly threshold: number;
  readonly size?: { readonly width: number; readonly height: number } | undefined;
  /** Check the model's test vector first. */
  readonly verify?: boolean | undefined;
  /** Whether a GPU's kernels are measured at first use; by default they are. */
  readonly tune?: boolean | undefined;
  readonly settings: RunSettings;
}

/** Predicts and says what was found; bad files are named on stderr. Returns how many there were. */
export async function predict(request: PredictRequest, say: Say): Promise<number> {
  const { data, threshold, settings } = request;
  checkThreshold(threshold);
  const model = await readModel(data, request.model ?? await newestModel(data));
  const config = inputConfig(model, request.size);
  const out = outputOf(data, request.out, model);
  const inputs = await findInputs(data, request.inputs, config.maskPattern);
  if (inputs.images.length === 0) throw new InputError(inputs.failures[0].error);
  await checkOutput(data, out, inputs.images);

  const { width, height, mean, std } = config;
  const plan = planPrediction(model.network, { n: 1, width, height, mean, std });
  const chosen = await openEngine(settings, { data, tune: request.tune, say });
  const { engine } = chosen;
  try {
    const predictor = await engine.predictor(plan, model.weights);
    say.line(`model    ${model.path}, input ${width}x${height}`);
    say.line(`device   ${describeDevice(chosen)}`);
    if (request.verify) await checkModel(engine, model, say);
    for (const { input, error } of inputs.failures) complain(input, error);
    const failures = await predictFiles({
      data,
      predictor,
      size: { width, height },
      threshold,
      out,
      head: {
        model: model.path,
        threshold,
        network_width: width,
        network_height: height,
        mean,
        std,
      },
      inputs,
      done: ({ input, lesions, area_px: area }) =>
        say.line(
          lesions === 0
            ? `${input}: no lesion`
            : `${input}: ${plural(lesions, "lesion")}, ${plural(area, "pixel")}`,
        ),
      failed: ({ input, error }) => complain(input, error),
    });
    const done = inputs.images.length + inputs.failures.length - failures.length;
    say.line(`${plural(done, "image")} predicted${done > 0 ? `; see ${data.resolve(out)}` : ""}`);
    if (failures.length > 0) console.error(`error: ${plural(failures.length, "file")} failed`);
    return failures.length;
  } finally {
    engine.close();
  }
}

/** The model's own input, or the tutorial's with the size that was given. */
export function inputConfig(
  { info, path }: Model,
  size: PredictRequest["size"],
): TrainingConfig {
  if (info === undefined) return { ...DEFAULT_CONFIG, ...size };
  const { config } = info;
  if (size !== undefined && (size.width !== config.width || size.height !== config.height)) {
    throw new InputError(
      `--size is ${size.width}x${size.height}, but ${path} was trained at ${config.width}x${config.height}; ` +
        `leave --size out`,
    );
  }
  return config;
}

function outputOf(data: DataFolder, out: string | undefined, model: Model): string {
  if (out !== undefined) return data.relative(out);
  const run = runOf(model.path);
  return run === undefined ? FILES.predictions : `runs/${run}/${FILES.predictions}`;
}

/** Names a bad file; the sentence may do so already. */
function complain(input: string, error: string): void {
  console.error(`error: ${error.includes(input) ? error : `${input}: ${error}`}`);
}
