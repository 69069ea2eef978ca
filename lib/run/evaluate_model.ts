/**
 * Evaluates a model, or compares two models, on images with known masks.
 *
 * @module
 */
import { Depth } from "../dataset/depth.ts";
import { MaskJudge } from "../dataset/masks.ts";
import type { ChosenEngine } from "../engine/choose.ts";
import type { Engine } from "../engine/engine.ts";
import { type BootstrapOptions, checkBootstrap, DEFAULT_BOOTSTRAP } from "../evaluate/bootstrap.ts";
import { type Evaluated, evaluateImages } from "../evaluate/evaluate.ts";
import { EVALUATION_FILES, type EvaluationResults } from "../evaluate/results.ts";
import { resultsToCsv } from "../evaluate/results_csv.ts";
import { type ModelCases, resultsOf } from "../evaluate/results_of.ts";
import { workersFor } from "../image/codecs/unpackers.ts";
import { THRESHOLD } from "../image/overlap.ts";
import type { Size } from "../model/input_scaling.ts";
import { type Model, readModel } from "../model/model_file.ts";
import { bitsInUseOf, inputConfig } from "../model/model_input.ts";
import { graphOf } from "../network/architectures.ts";
import { planPrediction } from "../plan/planners.ts";
import { checkThreshold } from "../predict/predict_image.ts";
import { Hold } from "../store/hold.ts";
import { namedFiles } from "../store/named_files.ts";
import { checkOwnFolder, outputFolder, OWN } from "../store/own_files.ts";
import type { FileStore } from "../store/store.ts";
import {
  checkEvalSize,
  chooseImages,
  type ChosenImages,
  type ImagesRequest,
} from "./evaluated_images.ts";
import { folderBeside, newestModel, runOf } from "./find_model.ts";
import type { InferenceRequest } from "./inference_request.ts";
import { LeakageCheck } from "./leakage_check.ts";
import { openEngine } from "./open_engine.ts";
import { FILES } from "./run_folder.ts";
import { newSettings, type RunSettings } from "./run_settings.ts";

/**
 * What to evaluate, on what, how, and where to write: by default into a folder in the run of the
 * model, one for each part. A stopped evaluation writes nothing.
 */
export interface EvaluateRequest extends InferenceRequest, Omit<ImagesRequest, "model"> {
  /** A second model, compared with the first image by image. */
  readonly baseline?: string | undefined;
  /** The size of all measurements, in px; by default the size of each image. */
  readonly evalSize?: Size | undefined;
  /** A pixel belongs to a lesion if its probability is above this threshold. */
  readonly threshold?: number | undefined;
  readonly bootstrap?: BootstrapOptions | undefined;
}

/** What is known before the first image, when nothing is written yet. */
export interface PreparedEvaluation {
  /** The model and, if given, the baseline. */
  readonly models: readonly Model[];
  readonly images: ChosenImages;
  readonly threshold: number;
  readonly chosen: ChosenEngine;
}

/** Progress callbacks of an evaluation, in the order of the calls. */
export interface EvaluateDisplay {
  /** Called with a sentence about something unusual that is no error. */
  note?(text: string): void;
  /** Called before GPU kernels are tuned. */
  tuning?(): void;
  prepared?(evaluation: PreparedEvaluation): void;
  /** Called right before the first image. */
  begin?(evaluation: PreparedEvaluation): void;
  /** Called after each image with the number of evaluated images. */
  evaluating?(done: number, total: number): void;
}

/** The figures and their folder. */
export interface EvaluationOutcome {
  readonly results: EvaluationResults;
  /** Relative to the output directory. */
  readonly out: string;
}

/**
 * Evaluates a model and writes the figures. Returns `undefined` if the signal stopped it.
 *
 * @throws {InputError} if settings, models or images cannot be used.
 * @throws {DeviceError} if the device is missing or fails.
 */
export async function evaluateModel(
  request: EvaluateRequest,
  display: EvaluateDisplay = {},
): Promise<EvaluationOutcome | undefined> {
  const { data, output = data, evalSize, autotune } = request;
  const { threshold = THRESHOLD, bootstrap = DEFAULT_BOOTSTRAP } = request;
  const settings = newSettings(request.settings);
  checkBootstrap(bootstrap);
  checkThreshold(threshold);
  if (evalSize !== undefined) checkEvalSize(evalSize);
  const files = namedFiles(data, output);
  const model = await readModel(
    files,
    request.model ?? await newestModel(output, (text) => display.note?.(text)),
  );
  const others = request.baseline === undefined ? [] : [await readModel(files, request.baseline)];
  const models = [model, ...others];
  const images = await chooseImages({ ...request, model });
  const out = await outputFolder(output, request.out ?? evaluationFolder(model, images));
  const { json, csv } = EVALUATION_FILES;
  await checkOwnFolder(output, out, json, OWN.evaluation, [csv, json]);
  await using hold = await Hold.of(output, out, "evaluate");
  if (hold.takenOver) display.note?.(hold.takenOver);

  const onTuning = () => display.tuning?.();
  const chosen = await openEngine(settings, { output, autotune, onTuning });
  try {
    const prepared = { models, images, threshold, chosen };
    display.prepared?.(prepared);
    const evaluated: Ready[] = [];
    // A size is needed only for models that do not record theirs; it is refused if all do.
    const isNeeded = models.some(({ info }) => info === undefined);
    for (const one of models) {
      const size = isNeeded && one.info ? undefined : request.size;
      evaluated.push(await ready(chosen.engine, one, size));
    }
    const seen = await LeakageCheck.of(files, models.map(({ path }) => path));
    display.begin?.(prepared);
    const cases = await measureAll(request, prepared, settings, evaluated, seen, display);
    if (cases === undefined) return undefined;
    const [first, second] = models.map((one, k) => ({
      model: describe(one, evaluated[k].input),
      cases: cases[k],
    }));
    const results = resultsOf({
      evaluated: first,
      against: second,
      data: { part: images.part, split: images.split, trained_on: seen.trainedOn(0) },
      settings: { threshold, size: evalSize ?? "original" },
      bootstrap,
      warnings: [...seen.warnings(images.patientsKnown), ...evaluated[0].depth.notes()],
    });
    await write(output, out, results);
    return { results, out };
  } finally {
    chosen.engine.close();
  }
}

/** A model that is ready, with the rule for its 16-bit images. */
type Ready = Evaluated & Required<Pick<Evaluated, "depth">>;

async function ready(engine: Engine, model: Model, size?: Size): Promise<Ready> {
  const { width, height, fit, mean, std } = inputConfig(model, size);
  const plan = planPrediction(graphOf(model.network), { n: 1, width, height, mean, std });
  return {
    predictor: await engine.predictor(plan, model.weights),
    input: { width, height, fit },
    depth: Depth.ofModel(bitsInUseOf(model)),
  };
}

/** The measured images of each model; `undefined` if the signal stopped the evaluation. */
async function measureAll(
  { data, evalSize, signal }: EvaluateRequest,
  { images: { pairs, classes, groups, rules, annotations }, threshold }: PreparedEvaluation,
  { threads }: RunSettings,
  models: readonly Evaluated[],
  seen: LeakageCheck,
  display: EvaluateDisplay,
): Promise<ModelCases["cases"][] | undefined> {
  const cases = models.map(() => [] as ModelCases["cases"][number][]);
  try {
    const workers = threads === null ? undefined : workersFor(threads);
    const judge = new MaskJudge(rules);
    const known = { classes, groups, judge, annotations };
    const job = { data, pairs, models, threshold, evalSize, workers, signal, ...known };
    for await (const evaluated of evaluateImages(job)) {
      evaluated.answers.forEach(({ measured }, k) => cases[k].push(measured));
      seen.add(evaluated);
      display.evaluating?.(cases[0].length, pairs.length);
    }
    judge.checkClass();
    return cases;
  } catch (error) {
    if (!signal?.aborted) throw error;
    return undefined;
  }
}

function describe(model: Model, input: Size) {
  return {
    file: model.path,
    sha256: model.sha256,
    run: runOf(model.path) ?? null,
    epoch: model.info?.epoch ?? null,
    network_width: input.width,
    network_height: input.height,
  };
}

async function write(
  output: FileStore,
  out: string,
  results: EvaluationResults,
): Promise<void> {
  // The marker first: a table alone would not be known as ours.
  const json = `${JSON.stringify(results, null, 2)}\n`;
  await output.writeFile(`${out}/${EVALUATION_FILES.json}`, json);
  await output.writeFile(`${out}/${EVALUATION_FILES.csv}`, resultsToCsv(results));
}

/**
 * The default output folder, in the run of the model. Each part has its own folder, so figures of
 * one part never replace those of another.
 */
function evaluationFolder(model: Model, { part, isReported }: ChosenImages): string {
  return folderBeside(model.path, isReported ? FILES.evaluation : `${FILES.evaluation}-${part}`);
}
