/**
 * Prediction as a whole: a model is read, images are found and predicted, and what was found is
 * written.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { VERSION } from "../core/version.ts";
import type { ChosenEngine } from "../engine/choose.ts";
import { workersFor } from "../image/codecs/unpackers.ts";
import { checkModel, type ModelFinding } from "../model/examine_model.ts";
import type { Size } from "../model/exchange.ts";
import { type Model, readModel } from "../model/model_file.ts";
import { inputConfig } from "../model/model_input.ts";
import { graphOf } from "../network/architectures.ts";
import { planPrediction } from "../plan/planners.ts";
import type { PredictionSettings } from "../predict/entries.ts";
import { checkOutput, findInputs, type FoundInputs } from "../predict/inputs.ts";
import { type Merged, mergeParts } from "../predict/merge.ts";
import { predictFiles } from "../predict/predict_files.ts";
import { type PredictionWishes, wishesOf } from "../predict/prediction_fields.ts";
import { isFailure, itemCount, type Result, type Shard } from "../predict/shards.ts";
import type { FileStore } from "../store/store.ts";
import type { TrainingConfig } from "../train/config.ts";
import { newestModel, runOf } from "./find_model.ts";
import { openEngine } from "./open_engine.ts";
import { FILES } from "./run_folder.ts";
import { newSettings, type RunSettings } from "./run_settings.ts";

/** What to predict, with what, and where to write. */
export interface PredictRequest extends Partial<PredictionWishes> {
  readonly data: FileStore;
  /** Image files and folders. */
  readonly inputs: readonly string[];
  /** A model file; by default the best model of the newest run. */
  readonly model?: string | undefined;
  /** The folder to write into; by default `predictions/` in the model's run. */
  readonly out?: string | undefined;
  /** Predict one part of several alone; {@linkcode mergePredictions} joins them. */
  readonly shard?: Shard | undefined;
  /** The network's input, for a model that does not tell its own, px. */
  readonly size?: Size | undefined;
  /** Compute the model's test vector first. */
  readonly checkModel?: boolean | undefined;
  /** Whether a GPU's kernels are measured at first use; by default they are. */
  readonly autotune?: boolean | undefined;
  /** Where to compute, with how many threads and how much memory. */
  readonly settings?: Partial<RunSettings> | undefined;
  /** Asks to stop after the image that is predicted. */
  readonly signal?: AbortSignal | undefined;
}

/** What is known before the first image, when nothing is written yet. */
export interface PreparedPrediction {
  readonly model: Model;
  readonly config: TrainingConfig;
  readonly chosen: ChosenEngine;
  readonly inputs: FoundInputs;
  /** How many images are to be predicted: all, or those of the shard. */
  readonly images: number;
}

/** Is told how a prediction goes on, in this order. */
export interface PredictDisplay {
  /** A GPU's kernels are about to be measured. */
  tuning?(): void;
  prepared?(prediction: PreparedPrediction): void;
  /** The test vector was computed rightly. */
  checked?(finding: ModelFinding): void;
  /** Right before the first image. */
  begin?(prediction: PreparedPrediction): void;
  /** After each image. */
  done?(result: Result): void;
}

/** How a prediction ended. */
export interface PredictResult {
  /** The folder that was written, relative to the data directory. */
  readonly out: string;
  /** How many images were to be predicted. */
  readonly images: number;
  /** What became of each image that was done, in order. */
  readonly results: readonly Result[];
  /** Files that could not be predicted. */
  readonly failures: number;
  /** Stopped by the signal. */
  readonly interrupted: boolean;
}

/**
 * Predicts images and folders of images. It goes on past bad files.
 *
 * @throws {InputError} before anything is written: for wishes and files that cannot be used.
 * @throws {DeviceError} when the device is missing, fails, or computes the test vector wrongly.
 */
export async function predictFolder(
  request: PredictRequest,
  display: PredictDisplay = {},
): Promise<PredictResult> {
  const { data, shard, autotune, signal } = request;
  const settings = newSettings(request.settings);
  const wishes = wishesOf(request);
  const { batch } = wishes;
  const { threads } = settings;
  const model = await readModel(data, request.model ?? await newestModel(data));
  const config = inputConfig(model, request.size);
  const out = request.out === undefined
    ? predictionsFolder(model.path)
    : data.relative(request.out);
  const inputs = await findInputs(data, request.inputs, config.maskPattern);
  if (inputs.images.length === 0) throw new InputError(inputs.failures[0].error);
  await checkOutput(data, out, inputs.images, shard);

  const { width, height, mean, std } = config;
  const plan = planPrediction(graphOf(model.network), { n: batch, width, height, mean, std });
  const onTuning = () => display.tuning?.();
  const chosen = await openEngine(settings, { data, autotune, onTuning });
  const { engine } = chosen;
  try {
    const predictor = await engine.predictor(plan, model.weights);
    const images = shard ? itemCount(inputs.images.length, shard) : inputs.images.length;
    const prepared = { model, config, chosen, inputs, images };
    display.prepared?.(prepared);
    if (request.checkModel) display.checked?.(await checkModel(engine, model));
    display.begin?.(prepared);
    const results = await predictFiles({
      data,
      predictor,
      batch,
      out,
      settings: settingsOf(wishes, model, config, engine.name),
      inputs,
      shard,
      ...(threads !== null && { workers: workersFor(threads) }),
      signal,
      done: (result) => display.done?.(result),
    });
    const failures = inputs.failures.length + results.filter(isFailure).length;
    return { out, images, results, failures, interrupted: results.length < images };
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

/** Where the predictions of a model go unless another folder is asked for. */
function predictionsFolder(model: string): string {
  const run = runOf(model);
  return run === undefined ? FILES.predictions : `runs/${run}/${FILES.predictions}`;
}

/** What was merged, and the folder that holds it. */
export interface MergedPredictions extends Merged {
  readonly folder: string;
}

/**
 * Joins the parts of a divided prediction; by default those in `predictions/` of the newest run.
 *
 * @throws {InputError} when parts are missing, damaged or of different predictions.
 */
export async function mergePredictions(
  data: FileStore,
  given?: string,
): Promise<MergedPredictions> {
  const folder = given ?? predictionsFolder(await newestModel(data));
  return { ...await mergeParts(data, folder), folder };
}
