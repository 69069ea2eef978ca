/**
 * Predicts a folder: reads a model, finds and predicts images, writes the results.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { VERSION } from "../core/version.ts";
import { Depth } from "../dataset/depth.ts";
import type { ChosenEngine } from "../engine/choose.ts";
import { workersFor } from "../image/codecs/unpackers.ts";
import { checkModel, type ModelFinding } from "../model/examine_model.ts";
import { type Model, readModel } from "../model/model_file.ts";
import { bitsInUseOf, inputConfig } from "../model/model_input.ts";
import { graphOf } from "../network/architectures.ts";
import { planPrediction } from "../plan/planners.ts";
import type { PredictionSettings } from "../predict/entries.ts";
import { findInputs, type FoundInputs } from "../predict/inputs.ts";
import { type Merged, mergeParts } from "../predict/merge.ts";
import { checkNoInput, checkOutput, claimOutput } from "../predict/output.ts";
import { predictFiles } from "../predict/predict_files.ts";
import { type PredictionWishes, wishesOf } from "../predict/prediction_fields.ts";
import { isFailure, itemCount, type Result, type Shard } from "../predict/shards.ts";
import { namedFiles } from "../store/named_files.ts";
import { outputFolder } from "../store/own_files.ts";
import type { FileStore, Folders } from "../store/store.ts";
import type { TrainingConfig } from "../train/config.ts";
import { folderBeside, newestModel } from "./find_model.ts";
import type { InferenceRequest } from "./inference_request.ts";
import { openEngine } from "./open_engine.ts";
import { FILES } from "./run_folder.ts";
import { newSettings } from "./run_settings.ts";

/**
 * The inputs and the options of a prediction. The default output folder is `predictions/` in the
 * run of the model. After a signal the current image is finished.
 */
export interface PredictRequest extends Folders, InferenceRequest, Partial<PredictionWishes> {
  /** Image files and folders. */
  readonly inputs: readonly string[];
  /** The part to predict; {@linkcode mergePredictions} joins the parts. */
  readonly shard?: Shard | undefined;
  /** Whether the test vector of the model is checked first. */
  readonly checkModel?: boolean | undefined;
}

/** What is known before the first image, when nothing is written yet. */
export interface PreparedPrediction {
  readonly model: Model;
  readonly config: TrainingConfig;
  readonly chosen: ChosenEngine;
  readonly inputs: FoundInputs;
  /** The number of images to predict: all, or those of the shard. */
  readonly images: number;
}

/** Progress callbacks of a prediction, in the order of the calls. */
export interface PredictDisplay {
  /** Called with a sentence about something unusual that is no error. */
  note?(text: string): void;
  /** Called before GPU kernels are tuned. */
  tuning?(): void;
  prepared?(prediction: PreparedPrediction): void;
  /** Called after the test vector passed. */
  checked?(finding: ModelFinding): void;
  /** Called right before the first image. */
  begin?(prediction: PreparedPrediction): void;
  /** Called after each image. */
  done?(result: Result): void;
}

/** How a prediction ended. */
export interface PredictResult {
  /** The output folder, relative to the output directory. */
  readonly out: string;
  /** The number of images to predict. */
  readonly images: number;
  /** The result of each finished image, in order. */
  readonly results: readonly Result[];
  /** The number of files that could not be predicted. */
  readonly failures: number;
  /** Whether the signal stopped the prediction. */
  readonly interrupted: boolean;
  /** How 16-bit images became grey. */
  readonly depth: Depth;
}

/**
 * Predicts images and folders of images. Bad files are skipped and counted.
 *
 * @throws {InputError} before anything is written, if settings or files cannot be used.
 * @throws {DeviceError} if the device is missing, fails, or computes a wrong test vector.
 */
export async function predictFolder(
  request: PredictRequest,
  display: PredictDisplay = {},
): Promise<PredictResult> {
  const { data, output = data, shard, autotune, signal } = request;
  const settings = newSettings(request.settings);
  const wishes = wishesOf(request);
  const { batch } = wishes;
  const { threads } = settings;
  const model = await readModel(
    namedFiles(data, output),
    request.model ?? await newestModel(output, (text) => display.note?.(text)),
  );
  const config = inputConfig(model, request.size);
  const inputs = await findInputs(data, request.inputs, config);
  if (inputs.images.length === 0) throw new InputError(inputs.failures[0].error);
  const out = await outputFor(request, model.path, inputs);
  await using hold = await claimOutput(output, out, shard);
  if (hold.takenOver) display.note?.(hold.takenOver);

  const { width, height, mean, std } = config;
  const plan = planPrediction(graphOf(model.network), { n: batch, width, height, mean, std });
  const onTuning = () => display.tuning?.();
  const chosen = await openEngine(settings, { output, autotune, onTuning });
  const { engine } = chosen;
  try {
    const predictor = await engine.predictor(plan, model.weights);
    const images = shard ? itemCount(inputs.images.length, shard) : inputs.images.length;
    const prepared = { model, config, chosen, inputs, images };
    display.prepared?.(prepared);
    if (request.checkModel) display.checked?.(await checkModel(engine, model));
    display.begin?.(prepared);
    const depth = Depth.ofModel(bitsInUseOf(model));
    const results = await predictFiles({
      data,
      output,
      predictor,
      batch,
      out,
      settings: settingsOf(wishes, model, config, engine.name),
      inputs,
      depth,
      shard,
      ...(threads !== null && { workers: workersFor(threads) }),
      signal,
      done: (result) => display.done?.(result),
    });
    const failures = inputs.failures.length + results.filter(isFailure).length;
    const interrupted = results.length < images;
    return { out, images, results, failures, interrupted, depth };
  } finally {
    engine.close();
  }
}

function settingsOf(
  { threshold, tta, minArea, keepLargest, mmPerPx }: PredictionWishes,
  model: Model,
  { width, height, fit, mean, std }: TrainingConfig,
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
    fit,
    mean,
    std,
    tta,
    min_area_px: minArea,
    keep_largest: keepLargest,
    mm_per_px: mmPerPx,
  };
}

/** The output folder; it is checked before anything is made. */
async function outputFor(
  { data, output = data, out, shard }: PredictRequest,
  model: string,
  { images }: FoundInputs,
): Promise<string> {
  const given = out ?? folderBeside(model, FILES.predictions);
  checkNoInput({ data, output }, given, images);
  const folder = await outputFolder(output, given);
  await checkOutput(output, folder, shard);
  return folder;
}

/** The result of a merge and its folder. */
export interface MergedPredictions extends Merged {
  readonly folder: string;
}

/**
 * Joins the parts of a divided prediction; by default those in `predictions/` of the newest run.
 *
 * @throws {InputError} if parts are missing, damaged or of different predictions.
 */
export async function mergePredictions(
  output: FileStore,
  given?: string,
): Promise<MergedPredictions> {
  const folder = given ?? folderBeside(await newestModel(output), FILES.predictions);
  return { ...await mergeParts(output, folder), folder };
}
