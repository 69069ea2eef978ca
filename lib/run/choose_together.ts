/**
 * What `auto` means for models that predict together: the validation images that their runs have in
 * common are predicted by all of them, at the network's size, and choose as they do for one model.
 * The choice is stored in the folder of the first model's run.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { type Sentence, sentence, setting } from "../core/sentence.ts";
import { batchesOf, makeCompactBatch } from "../dataset/batches.ts";
import { Depth } from "../dataset/depth.ts";
import { MaskJudge } from "../dataset/masks.ts";
import { loadSamples, type SampleSet } from "../dataset/samples.ts";
import { splitNamesOf } from "../dataset/split_file.ts";
import type { Engine } from "../engine/engine.ts";
import { openPredictors } from "../engine/predictor_pool.ts";
import { workersFor } from "../image/codecs/unpackers.ts";
import type { Choice } from "../model/choice.ts";
import type { Model } from "../model/model_file.ts";
import { bitsInUseOf, inputConfig, networkToPredict } from "../model/model_input.ts";
import { type LeftToValidation, wantsChoice } from "../predict/chosen_options.ts";
import { averageLogits } from "../predict/logits.ts";
import type { Folders } from "../store/store.ts";
import type { TrainingConfig } from "../train/config.ts";
import { type Answering, chooseOnValidation } from "./choose_on_validation.ts";
import { chooseImages } from "./evaluated_images.ts";
import { runOf } from "./find_model.ts";
import type { InferenceRequest } from "./inference_request.ts";
import { openEngine } from "./open_engine.ts";
import { FILES, RunFolder } from "./run_folder.ts";
import { newSettings } from "./run_settings.ts";
import { choiceIn, storeChoice } from "./together_file.ts";

/** Where images and runs are, and how models are run. */
type TogetherRequest = Folders & Pick<InferenceRequest, "autotune" | "settings" | "signal">;

/**
 * The choice that a prediction or an evaluation needs; `undefined` where nothing is left to
 * validation, and for one model, whose card tells it. Their signal ends them between two images,
 * not here. Throws as {@linkcode choiceTogether} does.
 */
export async function choiceFor(
  request: TogetherRequest & LeftToValidation,
  models: readonly Model[],
  note: (text: string) => void,
): Promise<Choice | undefined> {
  if (models.length === 1 || !wantsChoice(request)) return undefined;
  return await choiceTogether({ ...request, signal: undefined }, models, note);
}

/**
 * The choice for several models: the stored one, or one that is made now.
 *
 * @throws {InputError} if the models have no validation image in common, if it cannot be read, or
 *   if their inputs differ.
 * @throws {DeviceError} if the device is missing or fails.
 * @throws the signal's reason when it is aborted.
 */
export async function choiceTogether(
  request: TogetherRequest,
  models: readonly Model[],
  note: (text: string) => void = () => {},
): Promise<Choice> {
  const { data, output = data } = request;
  const runs = new Map<string, RunFolder>();
  for (const { info, path } of models) {
    const name = info && runOf(path);
    if (name === undefined) throw unknown(sentence`${path} is not the model of a run`);
    if (!runs.has(name)) runs.set(name, await RunFolder.folderOf(output, name));
  }
  const [first] = runs.values();
  const known = await choiceIn(first, models, note);
  if (known !== undefined) return known;
  const config = sameInput(models);
  const names = await commonValidation([...runs.values()]);
  note(`the ${names.size} validation images choose for these ${models.length} models`);
  const samples = await readImages(request, models[0], config, names);
  const { autotune } = request;
  const { engine } = await openEngine(request.settings, { output, autotune });
  try {
    const choice = await choose(engine, models, samples, config, request.signal);
    if (choice === undefined) throw unknown("no validation image has a lesion");
    await storeChoice(first, models, choice);
    return choice;
  } finally {
    engine.close();
  }
}

/** The error where nothing can be chosen. */
function unknown(why: string | Sentence, cause?: unknown): InputError {
  return new InputError(
    sentence`validation cannot choose for these models together: ${why}; give values for
      ${setting("threshold")}, ${setting("tta")} and ${setting("minArea")} in place of auto`,
    { cause },
  );
}

/** The settings of the models' input, which is the same for all. */
function sameInput(models: readonly Model[]): TrainingConfig {
  const [first, ...others] = models.map((model) => inputConfig(model));
  const wordsOf = ({ width, height, fit }: TrainingConfig) => `${width}x${height} (${fit})`;
  const other = others.find((config) => wordsOf(config) !== wordsOf(first));
  if (other === undefined) return first;
  throw unknown(`their inputs differ: ${wordsOf(first)} and ${wordsOf(other)}`);
}

/** The images on which all runs were validated, and on which none was trained. */
async function commonValidation(runs: readonly RunFolder[]): Promise<ReadonlySet<string>> {
  let common: ReadonlySet<string> | undefined;
  for (const run of runs) {
    const text = await run.readText(FILES.split);
    if (text === undefined) throw unknown(`${run.file(FILES.split)} is missing`);
    const { parts } = splitNamesOf(text, run.file(FILES.split));
    const own = new Set(new Map(parts).get("validation"));
    common = common === undefined ? own : common.intersection(own);
  }
  if (common!.size > 0) return common!;
  const names = runs.map(({ name }) => name).join(", ");
  throw unknown(`the runs ${names} have no validation image in common`);
}

/** Reads images of the first run's split, at the network's size. */
async function readImages(
  request: TogetherRequest,
  model: Model,
  { width, height, fit }: TrainingConfig,
  names: ReadonlySet<string>,
): Promise<SampleSet> {
  const { data, output, signal } = request;
  const { threads } = newSettings(request.settings);
  try {
    const chosen = await chooseImages({ data, output, model, part: "validation" });
    const { pairs, rules, annotations } = chosen;
    return await loadSamples(data, pairs.filter(({ image }) => names.has(image)), {
      width,
      height,
      fit,
      depth: Depth.ofModel(bitsInUseOf(model)),
      judge: new MaskJudge(rules),
      annotations,
      workers: threads === null ? undefined : workersFor(threads),
      signal,
    });
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw unknown(sentence`their validation images cannot be read: ${error.sentence}`, error);
  }
}

async function choose(
  engine: Engine,
  models: readonly Model[],
  { samples }: SampleSet,
  { batch }: TrainingConfig,
  signal: AbortSignal | undefined,
): Promise<Choice | undefined> {
  const networks = models.map((model) => networkToPredict(model, inputConfig(model), batch));
  const predictors = await openPredictors(engine, networks);
  const batches = batchesOf(samples.map((_, index) => index), batch);
  // The mean over the models comes before that over mirror images here; both are means of
  // probabilities, so their order only changes the last digits.
  const together: Answering = {
    async logits({ images, n }) {
      const answers: Float32Array[] = [];
      for (const predictor of predictors) {
        signal?.throwIfAborted();
        answers.push(await predictor.run(images, n));
      }
      return averageLogits(answers);
    },
  };
  return await chooseOnValidation(together, {
    valBatches: batches.length,
    valBatch: (index) => makeCompactBatch(samples, batches[index]),
  });
}
