/**
 * Evaluates a model, or compares two models, on images with known masks.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { sentence, setting } from "../core/sentence.ts";
import { Depth } from "../dataset/depth.ts";
import { MaskJudge } from "../dataset/masks.ts";
import { Spacings } from "../dataset/spacings.ts";
import type { ChosenEngine } from "../engine/choose.ts";
import type { Engine } from "../engine/engine.ts";
import { openPredictors } from "../engine/predictor_pool.ts";
import { type BootstrapOptions, checkBootstrap, DEFAULT_BOOTSTRAP } from "../evaluate/bootstrap.ts";
import { type Evaluated, evaluateImages } from "../evaluate/evaluate.ts";
import {
  type EvaluatedModel,
  EVALUATION_FILES,
  type EvaluationResults,
} from "../evaluate/results.ts";
import { resultsToCsv } from "../evaluate/results_csv.ts";
import { type ModelCases, resultsOf } from "../evaluate/results_of.ts";
import { type MmPerPx, mmPerPxOf, spacingOf } from "../image/spacing.ts";
import { workersFor } from "../image/codecs/unpackers.ts";
import type { TtaMode } from "../model/choice.ts";
import type { Size } from "../model/input_scaling.ts";
import type { Model } from "../model/model_file.ts";
import {
  bitsInUseOf,
  type GivenInput,
  inputConfigs,
  networkToPredict,
} from "../model/model_input.ts";
import { chosenOptions } from "../predict/chosen_options.ts";
import { wishesOf } from "../predict/prediction_fields.ts";
import { Hold } from "../store/hold.ts";
import { namedFiles } from "../store/named_files.ts";
import { checkOwnFolder, outputFolder, OWN } from "../store/own_files.ts";
import type { FileStore } from "../store/store.ts";
import { choiceFor } from "./choose_together.ts";
import {
  checkEvalSize,
  chooseImages,
  type ChosenImages,
  type ImagesRequest,
} from "./evaluated_images.ts";
import { folderBeside, keptModel, readModels, runOf } from "./find_model.ts";
import { type InferenceRequest, namedModels } from "./inference_request.ts";
import { LeakageCheck } from "./leakage_check.ts";
import { openEngine } from "./open_engine.ts";
import { FILES, RunFolder } from "./run_folder.ts";
import { newSettings, type RunSettings } from "./run_settings.ts";

/**
 * What to evaluate, on what, how, and where to write: by default into a folder in the run of the
 * model, one for each part. A stopped evaluation writes nothing.
 */
export interface EvaluateRequest extends InferenceRequest, Omit<ImagesRequest, "model"> {
  /** A second model, as the first, with which that is compared image by image. */
  readonly baseline?: string | undefined;
  /** The size of all measurements, in px; by default the size of each image. */
  readonly evalSize?: Size | undefined;
  /** A pixel belongs to a lesion if its probability is above this threshold. */
  readonly threshold?: number | "auto" | undefined;
  /** The flips to average over. Default: none. */
  readonly tta?: TtaMode | "auto" | undefined;
  readonly bootstrap?: BootstrapOptions | undefined;
  /** The size of the pixels of all images, or of each in a table; by default what files say. */
  readonly mmPerPx?: MmPerPx | null | undefined;
  readonly spacings?: string | null | undefined;
}

/** What is known before the first image, when nothing is written yet. */
export interface PreparedEvaluation {
  /** The model and, if given, the baseline; each is one, or several that predict together. */
  readonly models: readonly (readonly Model[])[];
  readonly images: ChosenImages;
  readonly threshold: number;
  readonly tta: TtaMode;
  /** The size of the images' pixels, as far as it was given. */
  readonly spacings: Spacings;
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
  /** The run whose report shows these figures, once it is written again. */
  readonly reportedBy?: string | undefined;
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
  const { bootstrap = DEFAULT_BOOTSTRAP } = request;
  const settings = newSettings(request.settings);
  checkBootstrap(bootstrap);
  checkOptions(request);
  if (evalSize !== undefined) checkEvalSize(evalSize);
  const files = namedFiles(data, output);
  const note = (text: string) => display.note?.(text);
  const read = (names: readonly string[] | undefined) => readModels({ data, output }, names, note);
  const first = await read(namedModels(request));
  const models = request.baseline === undefined ? [first] : [first, await read([request.baseline])];
  const choice = await choiceFor(request, first, note);
  const { threshold, tta, mmPerPx } = chosenOptions(givenOf(request), first, choice);
  const images = await chooseImages({ ...request, model: first[0] });
  const paths = images.pairs.map(({ image }) => image);
  const spacings = await Spacings.of(files, request, paths);
  const out = await outputFolder(output, request.out ?? evaluationFolder(first, images));
  const { json, csv } = EVALUATION_FILES;
  await checkOwnFolder(output, out, json, OWN.evaluation, [csv, json]);
  await using hold = await Hold.of(output, out, "evaluate");
  if (hold.takenOver) display.note?.(hold.takenOver);

  const onTuning = () => display.tuning?.();
  const chosen = await openEngine(settings, { output, autotune, onTuning });
  try {
    const prepared = { models, images, threshold, tta, spacings, chosen };
    display.prepared?.(prepared);
    const evaluated = await readyModels(chosen.engine, prepared, request);
    const seen = await LeakageCheck.of(
      files,
      models.map((members) => members.map(({ path }) => path)),
    );
    display.begin?.(prepared);
    const cases = await measureAll(request, prepared, settings, evaluated, seen, display);
    if (cases === undefined) return undefined;
    const [measured, against] = models.map((members, k) => ({
      model: describe(members, evaluated[k].input),
      cases: cases[k],
    }));
    const results = resultsOf({
      evaluated: measured,
      against,
      data: { part: images.part, split: images.split, trained_on: seen.trainedOn(0) },
      settings: {
        threshold,
        size: evalSize ?? "original",
        ...(tta !== "none" && { tta }),
        ...(mmPerPx !== null && { mm_per_px: mmPerPxOf(spacingOf(mmPerPx)) }),
        ...(spacings.table && {
          spacings: spacings.table.source,
          spacings_sha256: spacings.table.sha256,
        }),
      },
      bootstrap,
      warnings: [
        ...seen.warnings(images.patientsKnown),
        ...chosenHere(request, images),
        ...evaluated[0].depth.notes(),
      ],
    });
    await write(output, out, results);
    return { results, out, reportedBy: await reportedBy(output, out, first) };
  } finally {
    chosen.engine.close();
  }
}

/** A model that is ready, with the rule for its 16-bit images. */
type Ready = Evaluated & Required<Pick<Evaluated, "depth">>;

/** Each model with those that predict together with it, ready to predict. */
async function readyModels(
  engine: Engine,
  { models, tta }: PreparedEvaluation,
  given: GivenInput,
): Promise<Ready[]> {
  const all = models.flat();
  const configs = inputConfigs(all, given);
  const networks = all.map((model, k) => networkToPredict(model, configs[k], 1));
  const predictors = await openPredictors(engine, networks);
  const ready = all.map((model, k): Ready => {
    const { width, height, fit } = configs[k];
    const depth = Depth.ofModel(bitsInUseOf(model));
    return { predictor: predictors[k], input: { width, height, fit }, depth, tta };
  });
  return models.map(({ length }) => {
    const [first, ...others] = ready.splice(0, length);
    return { ...first, others };
  });
}

/** The options that a prediction has as well. */
function givenOf({ threshold, tta, mmPerPx, spacings }: EvaluateRequest) {
  return {
    ...(threshold !== undefined && { threshold }),
    ...(tta !== undefined && { tta }),
    ...(mmPerPx !== undefined && { mmPerPx }),
    ...(spacings !== undefined && { spacings }),
  };
}

/** Throws {@linkcode InputError} for options that cannot be used. */
function checkOptions(request: EvaluateRequest): void {
  const { threshold, tta, baseline } = request;
  wishesOf(givenOf(request));
  if (baseline === undefined) return;
  for (const [name, value] of Object.entries({ threshold, tta })) {
    if (value !== "auto") continue;
    throw new InputError(
      sentence`${setting(name, value)} is what validation chose for one model, but both models are
        measured alike; give a value, or leave ${setting("baseline")} out`,
    );
  }
}

/** A warning where the images that are measured chose the options. */
function chosenHere(
  { threshold, tta }: EvaluateRequest,
  { part }: ChosenImages,
): string[] {
  if (part !== "validation" || threshold !== "auto" && tta !== "auto") return [];
  return [
    "these images chose the threshold or the flips, so new images may do worse",
  ];
}

/** The measured images of each model; `undefined` if the signal stopped the evaluation. */
async function measureAll(
  { data, evalSize, signal }: EvaluateRequest,
  { images, threshold, spacings }: PreparedEvaluation,
  { threads }: RunSettings,
  models: readonly Evaluated[],
  seen: LeakageCheck,
  display: EvaluateDisplay,
): Promise<ModelCases["cases"][] | undefined> {
  const { pairs, classes, groups, rules, annotations } = images;
  const cases = models.map(() => [] as ModelCases["cases"][number][]);
  try {
    const workers = threads === null ? undefined : workersFor(threads);
    const judge = new MaskJudge(rules);
    const known = { classes, groups, judge, annotations, spacings };
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

function describe([model, ...others]: readonly Model[], input: Size): EvaluatedModel {
  const members = [model, ...others].map(({ path, sha256 }) => ({ file: path, sha256 }));
  return {
    file: model.path,
    sha256: model.sha256,
    run: runOf(model.path) ?? null,
    epoch: model.info?.epoch ?? null,
    network_width: input.width,
    network_height: input.height,
    ...(others.length > 0 && { members }),
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

/** The run whose report takes its figures from this folder: they are of the model that it keeps. */
async function reportedBy(
  output: FileStore,
  out: string,
  [{ path }, ...others]: readonly Model[],
): Promise<string | undefined> {
  const name = runOf(path);
  if (name === undefined || others.length > 0) return undefined;
  const run = await RunFolder.folderOf(output, name);
  if (out !== run.file(FILES.evaluation)) return undefined;
  return await keptModel(run, output) === path ? name : undefined;
}

/**
 * The default output folder, in the run of the model. Each part has its own folder, so figures of
 * one part never replace those of another.
 */
function evaluationFolder(
  [model, ...others]: readonly Model[],
  { part, isReported }: ChosenImages,
): string {
  const folder = isReported ? FILES.evaluation : `${FILES.evaluation}-${part}`;
  return folderBeside(model.path, others.length === 0 ? folder : `${folder}-together`);
}
