/**
 * `predict`: outlines lesions in images with a trained model.
 *
 * @module
 */
import { Command } from "@commander-js/extra-typings";
import { DataFolder } from "../../store/folder.ts";
import type { FileStore } from "../../store/store.ts";
import { workersFor } from "../../image/codecs/unpackers.ts";
import { planPrediction } from "../../plan/planners.ts";
import { InputError } from "../../core/errors.ts";
import { type PredictionSettings } from "../../predict/entries.ts";
import { checkOutput, findInputs } from "../../predict/inputs.ts";
import { LISTS } from "../../predict/lists.ts";
import { predictFiles } from "../../predict/predict_files.ts";
import {
  PREDICTION_FIELDS,
  type PredictionWishes,
  wishesOf,
} from "../../predict/prediction_fields.ts";
import { isFailure, itemCount, predicted, type Result, type Shard } from "../../predict/shards.ts";
import { DEFAULT_CONFIG, type TrainingConfig } from "../../train/config.ts";
import { type Model, readModel } from "../../model/model_file.ts";
import { newestModel, runOf } from "../../run/find_model.ts";
import { FILES } from "../../run/run_folder.ts";
import { newSettings, type RunSettings } from "../../run/run_settings.ts";
import { RESEARCH_ONLY, VERSION } from "../../core/version.ts";
import { describeDevice, openEngine } from "../device.ts";
import { EXIT, Exit } from "../terminal/exit.ts";
import { onInterrupt } from "../terminal/interrupt.ts";
import { checkModel } from "../model_check.ts";
import { PredictionDisplay } from "../terminal/predict_display.ts";
import { type Say, sayOnStdout } from "../terminal/say.ts";
import {
  addEngineOptions,
  addFieldOptions,
  givenFields,
  givenSettings,
  noAutotuneOption,
} from "../options/field_options.ts";
import { parseShard, parseSize } from "../options/values.ts";
import { plural, shellWord } from "../words/words.ts";
import { graphOf } from "../../network/architectures.ts";

/** `predict` with its options and its action. */
export function predictCommand() {
  const command = new Command("predict")
    .description(
      "Outline lesions in images with a trained model. For each image a mask, the probabilities and the " +
        "outline over the image are written at the image's own size; for all of them lists of what was found, " +
        "with measurements and outlines (JSON, COCO JSON, CSV), and a contact sheet.",
    )
    .argument("<file-or-folder...>", "image files or folders, inside the data directory")
    .requiredOption("--data <folder>", "the data directory (the tasks give DATA_DIR)")
    .option(
      "--model <file>",
      "a .safetensors or .pth file (default: the best model of the newest run)",
    )
    .option("--out <folder>", "where to write (default: predictions/ in the model's run)")
    .option("--shard <i/n>", "predict only part i of n; merge joins the parts", parseShard)
    .option(
      "--size <px>",
      "network input, for a model that does not tell its own (default: 512)",
      parseSize,
    )
    .option(
      "--check-model",
      "first compute the model's test image, and stop with 3 when this machine gets it wrong",
    )
    .addOption(noAutotuneOption())
    .action(async (inputs, { data, ...options }) => {
      const settings = newSettings(givenSettings(options));
      const folder = await DataFolder.open(data);
      const wishes = givenFields(PREDICTION_FIELDS, options);
      const request = { data: folder, inputs, ...options, ...wishes, settings };
      const { failures, interrupted } = await predict(request, sayOnStdout());
      if (interrupted) throw new Exit(EXIT.interrupted);
      if (failures > 0) throw new Exit(EXIT.input);
    });
  addFieldOptions(command, PREDICTION_FIELDS);
  addEngineOptions(command);
  return command;
}

/** What to predict, with what, and where to write; the options as on the command line. */
export interface PredictRequest extends Partial<PredictionWishes> {
  readonly data: FileStore;
  readonly inputs: readonly string[];
  readonly model?: string | undefined;
  readonly out?: string | undefined;
  readonly shard?: Shard | undefined;
  readonly size?: { readonly width: number; readonly height: number } | undefined;
  /** Check the model's test vector first. */
  readonly checkModel?: boolean | undefined;
  /** Whether a GPU's kernels are measured at first use; by default they are. */
  readonly autotune?: boolean | undefined;
  readonly settings: RunSettings;
}

/** How a prediction ended. */
export interface PredictOutcome {
  /** Files that could not be predicted. */
  readonly failures: number;
  /** Stopped by Ctrl-C. */
  readonly interrupted: boolean;
}

/** Predicts and says what was found; bad files are named on stderr. */
export async function predict(request: PredictRequest, say: Say): Promise<PredictOutcome> {
  const { data, shard, settings } = request;
  const wishes = wishesOf(request);
  const { batch } = wishes;
  const { threads } = settings;
  const model = await readModel(data, request.model ?? await newestModel(data));
  const config = inputConfig(model, request.size);
  const out = request.out === undefined ? outputOf(model.path) : data.relative(request.out);
  const inputs = await findInputs(data, request.inputs, config.maskPattern);
  if (inputs.images.length === 0) throw new InputError(inputs.failures[0].error);
  await checkOutput(data, out, inputs.images, shard);

  const { width, height, mean, std } = config;
  const plan = planPrediction(graphOf(model.network), { n: batch, width, height, mean, std });
  const chosen = await openEngine(settings, { data, autotune: request.autotune, say });
  const { engine } = chosen;
  try {
    const predictor = await engine.predictor(plan, model.weights);
    const images = shard ? itemCount(inputs.images.length, shard) : inputs.images.length;
    say.line(`model    ${model.path}, input ${width}x${height}`);
    say.line(`device   ${describeDevice(chosen)}`);
    if (request.checkModel) await checkModel(engine, model, say);
    if (shard) {
      say.line(
        `shard    ${shard.index} of ${shard.count}: ${images} of ${
          plural(inputs.images.length, "image")
        }`,
      );
    }
    const display = new PredictionDisplay(say, images, (text) => console.error(text));
    for (const failure of inputs.failures) display.failed(failure);
    using interrupt = onInterrupt(() => {
      display.end();
      console.error("stopping after this image; press Ctrl-C again to end at once");
    });
    const results = await predictFiles({
      data,
      predictor,
      batch,
      out,
      settings: settingsOf(wishes, model, config, engine.name),
      inputs,
      shard,
      ...(threads !== null && { workers: workersFor(threads) }),
      signal: interrupt.signal,
      done: (result) => display.done(result),
    });
    display.end();
    const failures = inputs.failures.length + results.filter(isFailure).length;
    sayEnd(request, out, images, results, say);
    if (failures > 0) console.error(`error: ${plural(failures, "file")} failed`);
    return { failures, interrupted: results.length < images };
  } finally {
    engine.close();
  }
}

function settingsOf(
  { threshold, tta, minArea, keepLargest, mmPerPx }: PredictionWishes,
  model: Model,
  { width, height, mean, std }: TrainingConfig,
  engine: string,
): PredictionSettings {
  return {
    sonoseg: VERSION,
    model: model.path,
    model_sha256: model.sha256,
    engine,
    threshold,
    network_width: width,
    network_height: height,
    mean,
    std,
    tta,
    min_area_px: minArea,
    keep_largest: keepLargest,
    mm_per_px: mmPerPx,
  };
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

/** Where the predictions of a model go unless `--out` says otherwise. */
export function outputOf(model: string): string {
  const run = runOf(model);
  return run === undefined ? FILES.predictions : `runs/${run}/${FILES.predictions}`;
}

/** Sums up; `images` were to be predicted. */
function sayEnd(
  { data, shard }: PredictRequest,
  out: string,
  images: number,
  results: readonly Result[],
  say: Say,
): void {
  const done = predicted(results);
  const lesions = done.reduce((sum, { lesions }) => sum + lesions.length, 0);
  const stopped = results.length < images ? `stopped after ${results.length} of ${images}: ` : "";
  say.line(
    `${stopped}${plural(done.length, "image")} predicted, ${plural(lesions, "lesion")}; ` +
      `see ${data.resolve(out)}`,
  );
  if (shard && stopped) say.line("This part is not finished; predict it again.");
  else if (shard) {
    say.line(`When all ${shard.count} parts are there: deno task merge ${shellWord(out)}`);
  } else if (done.length > 0) say.line(`At a glance: ${data.resolve(`${out}/${LISTS.sheet}`)}`);
  say.line(RESEARCH_ONLY);
}
