/**
 * Predicts a folder: reads a model, finds and predicts images, writes the results.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { Depth } from "../dataset/depth.ts";
import { Spacings } from "../dataset/spacings.ts";
import type { ChosenEngine } from "../engine/choose.ts";
import { openPredictors } from "../engine/predictor_pool.ts";
import { checkModel, type ModelFinding } from "../model/examine_model.ts";
import type { Model } from "../model/model_file.ts";
import { bitsInUseOf, inputConfigs, networkToPredict } from "../model/model_input.ts";
import { batchFor } from "../predict/batch_size.ts";
import { type ChosenOptions, chosenOptions } from "../predict/chosen_options.ts";
import type { PredictionSettings } from "../predict/entries.ts";
import { FLIPS_OF } from "../predict/flips.ts";
import { findInputs, type FoundInputs } from "../predict/inputs.ts";
import { type Merged, mergeParts } from "../predict/merge.ts";
import { nothingFound } from "../predict/nothing_found.ts";
import { checkNoInput, checkOutput, claimOutput } from "../predict/output.ts";
import { hasPage, predictFiles } from "../predict/predict_files.ts";
import { type PredictionWishes, wishesOf } from "../predict/prediction_fields.ts";
import { settingsOf } from "../predict/prediction_settings.ts";
import { isFailure, itemCount, predicted, type Result, type Shard } from "../predict/shards.ts";
import { namedFiles } from "../store/named_files.ts";
import { outputFolder } from "../store/own_files.ts";
import type { FileStore, Folders } from "../store/store.ts";
import type { TrainingConfig } from "../train/config.ts";
import { choiceFor } from "./choose_together.ts";
import { folderBeside, newestModel, readModels } from "./find_model.ts";
import { type InferenceRequest, namedModels } from "./inference_request.ts";
import { openEngine } from "./open_engine.ts";
import { FILES } from "./run_folder.ts";
import { newSettings } from "./run_settings.ts";

/**
 * The inputs and the options of a prediction. The default output folder is `predictions/` in the
 * run of the model. After a signal the images that were computed are written.
 */
export interface PredictRequest extends Folders, InferenceRequest, Partial<PredictionWishes> {
  /** Image files and folders. */
  readonly inputs: readonly string[];
  /** The part to predict; {@linkcode mergePredictions} joins the parts. */
  readonly shard?: Shard | undefined;
  /** Whether the test vector of the model is checked first. */
  readonly checkModel?: boolean | undefined;
  /**
   * Whether images are written while the next ones are computed; by default if there are several.
   * Without effect on the files.
   */
  readonly isOverlapped?: boolean | undefined;
}

/** What is known before the first image, when nothing is written yet. */
export interface PreparedPrediction {
  /** One model, or several that predict together. */
  readonly models: readonly Model[];
  /** The settings of each model. */
  readonly configs: readonly TrainingConfig[];
  readonly options: ChosenOptions;
  readonly chosen: ChosenEngine;
  readonly inputs: FoundInputs;
  /** The size of the images' pixels, as far as it was given. */
  readonly spacings: Spacings;
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
  /** Whether a page was written; a shard and a prediction of very many images have none. */
  readonly hasPage: boolean;
  /** A sentence, without its full stop, where no image has a lesion. */
  readonly nothing?: string | undefined;
  /** All that the prediction depends on besides the images. */
  readonly settings: PredictionSettings;
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
  wishesOf(request);
  const { threads } = settings;
  const note = (text: string) => display.note?.(text);
  const models = await readModels({ data, output }, namedModels(request), note);
  checkTogether(models);
  const options = chosenOptions(request, models, await choiceFor(request, models, note));
  const configs = inputConfigs(models, request);
  const inputs = await findInputs(data, request.inputs, configs[0]);
  if (inputs.images.length === 0) throw new InputError(inputs.failures[0].error);
  const paths = inputs.images.map(({ path }) => path);
  const spacings = await Spacings.of(namedFiles(data, output), options, paths);
  const out = await outputFor(request, models, inputs);
  await using hold = await claimOutput(output, out, shard);
  if (hold.takenOver) display.note?.(hold.takenOver);

  const onTuning = () => display.tuning?.();
  const chosen = await openEngine(settings, { output, autotune, onTuning });
  const { engine } = chosen;
  try {
    const networksFor = (batch: number) =>
      models.map((model, k) => networkToPredict(model, configs[k], batch));
    const images = shard ? itemCount(inputs.images.length, shard) : inputs.images.length;
    const flips = FLIPS_OF[options.tta].length;
    const batch = options.batch ?? await batchFor(engine, images * flips, networksFor);
    const predictors = await openPredictors(engine, networksFor(batch));
    const prepared = { models, configs, options, chosen, inputs, images, spacings };
    display.prepared?.(prepared);
    for (const one of request.checkModel ? models : []) {
      display.checked?.(await checkModel(engine, one));
    }
    display.begin?.(prepared);
    const depth = Depth.ofModel(bitsInUseOf(models[0]));
    const used = settingsOf(options, models, configs, engine.name, spacings);
    const results = await predictFiles({
      data,
      output,
      predictors,
      batch,
      out,
      settings: used,
      inputs,
      depth,
      spacings,
      shard,
      threads: threads ?? undefined,
      isOverlapped: request.isOverlapped,
      signal,
      done: (result) => display.done?.(result),
    });
    const failures = inputs.failures.length + results.filter(isFailure).length;
    const interrupted = results.length < images;
    return {
      out,
      images,
      results,
      failures,
      interrupted,
      depth,
      settings: used,
      hasPage: hasPage(images, shard),
      nothing: nothingFound(predicted(results), used),
    };
  } finally {
    engine.close();
  }
}

/** Throws {@linkcode InputError} unless models may predict the same grey images. */
function checkTogether(models: readonly Model[]): void {
  const [first, ...others] = models;
  const other = others.find((one) => bitsInUseOf(one) !== bitsInUseOf(first));
  if (other === undefined) return;
  throw new InputError(
    `${first.path} and ${other.path} take another range of 16-bit images for 0 to 255, so they ` +
      `cannot predict together`,
  );
}

/** The output folder; it is checked before anything is made. */
async function outputFor(
  { data, output = data, out, shard }: PredictRequest,
  [{ path: model }, ...others]: readonly Model[],
  { images }: FoundInputs,
): Promise<string> {
  const folder = others.length === 0 ? FILES.predictions : `${FILES.predictions}-together`;
  const given = out ?? folderBeside(model, folder);
  checkNoInput({ data, output }, given, images);
  const path = await outputFolder(output, given);
  await checkOutput(output, path, shard);
  return path;
}

/** The result of a merge and its folder. */
export interface MergedPredictions extends Merged {
  readonly folder: string;
  /** A sentence, without its full stop, where no image has a lesion. */
  readonly nothing?: string | undefined;
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
  const merged = await mergeParts(output, folder);
  return { ...merged, folder, nothing: nothingFound(merged.images, merged.settings) };
}
