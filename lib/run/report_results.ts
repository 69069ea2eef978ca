/**
 * Results of a run for its report: figures of all cases, pictures of some.
 *
 * The figures are taken from an earlier evaluation of the kept model, by `evaluate` or by an
 * earlier report. Otherwise the reported part of the split is evaluated now, each image at its own
 * size, and the figures are stored in `metrics.json`.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { count, plural } from "../core/plural.ts";
import { AnnotationFiles } from "../dataset/annotations/annotation_files.ts";
import { classesOf } from "../dataset/classes.ts";
import { Depth } from "../dataset/depth.ts";
import { MaskJudge } from "../dataset/masks.ts";
import type { Pair } from "../dataset/pairing.ts";
import { partsOf, reportedPart, type Split } from "../dataset/split.ts";
import type { Engine } from "../engine/engine.ts";
import { DEFAULT_BOOTSTRAP } from "../evaluate/bootstrap.ts";
import { chooseCases } from "../evaluate/chosen_cases.ts";
import { type EvaluatedCase, evaluateImages, type EvaluationJob } from "../evaluate/evaluate.ts";
import { type CaseResult, EVALUATION_FILES, type EvaluationResults } from "../evaluate/results.ts";
import { atSize } from "../evaluate/head_figures.ts";
import { withRenewedShares } from "../evaluate/renewed_shares.ts";
import { resultsOf } from "../evaluate/results_of.ts";
import { encodeGrey } from "../image/codecs/encode.ts";
import { THRESHOLD } from "../image/overlap.ts";
import { resizeGrey } from "../image/resize.ts";
import { type Model, readModel } from "../model/model_file.ts";
import { networkToPredict } from "../model/model_input.ts";
import { packedMap } from "../page/probability_map.ts";
import { outlinePath } from "../pictures/outline_path.ts";
import { shrunkInto } from "../pictures/picture.ts";
import type {
  GalleryCase,
  GalleryGroup,
  OutlinedPicture,
  ReportResults,
} from "../report/page/report_data.ts";
import { probabilitiesOf } from "../predict/probabilities.ts";
import type { Folders } from "../store/store.ts";
import type { TrainingConfig } from "../train/config.ts";
import { forInformation, type Warn } from "./for_information.ts";
import { FILES, keptFile, type RunFolder } from "./run_folder.ts";
import { ofRun, readResults } from "./run_record.ts";

/** Largest length of the longer side of a case's picture, in px. */
const PICTURE_SIDE = 384;

/** Images of the run that can no longer be evaluated. */
export class ImagesUnusable extends InputError {}

/** Arguments of {@linkcode reportResults}. */
export interface ResultsRequest extends Folders {
  readonly run: RunFolder;
  readonly engine: Engine;
  readonly config: Pick<TrainingConfig, "keep">;
  /** Its {@linkcode reportedPart} is reported. */
  readonly split: Split;
  readonly signal?: AbortSignal;
  /** Called after each image. `total` counts the images that are certain to be evaluated. */
  readonly done?: (count: number, total: number) => void;
  /**
   * Called for a damaged evaluation by `evaluate`, which then counts as missing. Without it, the
   * evaluation is an error that the user resolves.
   */
  readonly warn?: Warn | undefined;
}

/**
 * Figures and pictures of the model that a run keeps.
 *
 * @throws {InputError} if the model file is missing or damaged.
 * @throws {ImagesUnusable} if an image or mask that must be evaluated is missing or damaged.
 */
export async function reportResults(request: ResultsRequest): Promise<ReportResults> {
  const { data, output = data, run, engine } = request;
  const model = await readModel(output, run.file(keptFile(request.config)));
  const { config } = model.info!;
  const { width, height, fit } = config;
  const { plan, weights } = networkToPredict(model, config, 1);
  const predictor = await engine.predictor(plan, weights);
  try {
    const depth = Depth.ofModel(model.info!.card?.bitsInUse);
    const job: CommonJob = {
      data,
      models: [{ predictor, input: { width, height, fit }, depth }],
      judge: new MaskJudge(config),
      annotations: new AnnotationFiles(data),
      classes: new Map(),
      groups: new Map(),
      signal: request.signal,
    };
    const { evaluation, source } = await earlierEvaluation(request, model) ??
      await evaluateNow(request, model, job);
    const gallery = await galleryOf(request, evaluation, job);
    return { evaluation, source, gallery };
  } finally {
    predictor.close();
  }
}

/** What all evaluations for a report have in common. */
type CommonJob = Omit<EvaluationJob, "pairs" | "threshold">;

type SourcedEvaluation = Pick<ReportResults, "evaluation" | "source">;

/** An earlier evaluation of the same model on images of the run. One by `evaluate` is preferred. */
async function earlierEvaluation(
  { run, split, config, warn }: ResultsRequest,
  { sha256 }: Model,
): Promise<SourcedEvaluation | undefined> {
  const known = pairsOf(split);
  for (const file of [`${FILES.evaluation}/${EVALUATION_FILES.json}`, FILES.metrics]) {
    const read = () => readResults(run, file);
    // A damaged file of the report itself is made again.
    const ofReport = file === FILES.metrics ? () => {} : warn;
    const found = ofReport === undefined ? await read() : await forInformation(read, ofReport);
    if (found === undefined) continue;
    const evaluation = withRenewedShares(ofRun(found, run, split.test !== undefined));
    const fits = evaluation.model.sha256 === sha256 &&
      evaluation.cases.every(({ image }) => known.has(image));
    if (fits) return { evaluation, source: sourceWords(evaluation, file, config) };
  }
}

async function evaluateNow(
  { run, split, config, done }: ResultsRequest,
  model: Model,
  common: CommonJob,
): Promise<SourcedEvaluation> {
  const measured: EvaluatedCase["answers"][number]["measured"][] = [];
  const part = reportedPart(split);
  const pairs = split[part]!;
  const [{ input }] = common.models;
  const job: EvaluationJob = {
    ...common,
    pairs,
    threshold: THRESHOLD,
    classes: classesOf([...pairsOf(split).keys()]),
    groups: split.patients ?? new Map<string, string>(),
  };
  try {
    for await (const { answers } of evaluateImages(job)) {
      measured.push(answers[0].measured);
      done?.(measured.length, pairs.length);
    }
  } catch (error) {
    throw error instanceof InputError ? new ImagesUnusable(error.sentence) : error;
  }
  const { width, height } = input;
  const evaluation = resultsOf({
    evaluated: {
      model: {
        file: model.path,
        sha256: model.sha256,
        run: run.name,
        epoch: model.info!.epoch,
        network_width: width,
        network_height: height,
      },
      cases: measured,
    },
    data: { part, split: run.file(FILES.split), trained_on: 0 },
    settings: { threshold: THRESHOLD, size: "original" },
    bootstrap: DEFAULT_BOOTSTRAP,
    warnings: [],
  });
  await run.writeJson(FILES.metrics, evaluation);
  return { evaluation, source: sourceWords(evaluation, FILES.metrics, config) };
}

/** The pairs of all parts, keyed by image. */
function pairsOf(split: Split): Map<string, Pair> {
  return new Map(partsOf(split).flatMap(([, pairs]) => pairs.map((pair) => [pair.image, pair])));
}

/** Describes what was evaluated, how, and where the figures are. */
function sourceWords(
  { model, data, settings }: EvaluationResults,
  file: string,
  { keep }: Pick<TrainingConfig, "keep">,
): string {
  const { size, threshold } = settings;
  const images = plural(data.images, data.part === "all" ? "image" : `${data.part} image`);
  const at = size === "original"
    ? "at their own sizes"
    : `at ${size.width}x${size.height} px, the masks resized like the images`;
  const by = file === FILES.metrics ? "for this report" : "by evaluate";
  return `${images} ${at}, predicted by the ${keep} model (epoch ${model.epoch}), threshold ${threshold}. ` +
    `Measured ${by}; all figures are in ${file}.`;
}

async function galleryOf(
  request: ResultsRequest,
  { cases, settings }: EvaluationResults,
  common: CommonJob,
): Promise<GalleryGroup[]> {
  const { worst, middle, best, falseAlarms } = chooseCases(cases);
  const pairs = pairsOf(request.split);
  const groups: GalleryGroup[] = [];
  for (
    const [title, chosen] of [
      [worst.length === 1 ? "The worst case" : `The worst ${worst.length}`, worst],
      [middleTitle(middle.length, worst.length + best.length), middle],
      [best.length === 1 ? "The best case" : `The best ${best.length}`, best],
      ["False alarms in images without a lesion, the largest first", falseAlarms],
    ] as const
  ) {
    const shown: GalleryCase[] = [];
    for (const result of chosen) {
      const own = { pairs: [pairs.get(result.image)!], threshold: settings.threshold };
      const picture = await pictureOf({ ...common, ...own });
      shown.push({
        name: result.image,
        figures: caseWords(result, atSize(settings.size)),
        picture,
      });
    }
    groups.push({ title, cases: shown });
  }
  return groups;
}

function middleTitle(count: number, others: number): string {
  if (count !== 1) return `${count} around the median`;
  return others === 0 ? "The only image with a lesion" : "The median case";
}

/** The picture of a case in its own proportions; `undefined` if its files are missing or bad. */
async function pictureOf(
  job: EvaluationJob,
): Promise<OutlinedPicture | undefined> {
  try {
    for await (const { loaded: { image, truth }, answers } of evaluateImages(job)) {
      const { width, height } = shrunkInto(image, PICTURE_SIDE);
      const shown = (picture: typeof image) => resizeGrey(picture, width, height);
      const [{ logits, predicted: mask }] = answers;
      const { threshold } = job;
      const probabilities = { ...image, probability: probabilitiesOf(logits), mask };
      return {
        width,
        height,
        png: encodeGrey(shown(image)).toBase64(),
        truth: outlinePath(shown(truth)),
        predicted: outlinePath(shown(mask)),
        map: {
          packed: await packedMap(probabilities, threshold, { width, height }),
          threshold,
          pixels: image.width * image.height / (width * height),
        },
      };
    }
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
  }
}

function caseWords(result: CaseResult, at: string): string {
  const { dice, truth_px, predicted_px, hd95_px, millimetres: mm } = result;
  // A number and its unit stay on one line.
  const px = (value: string) => `${value}\u00a0px${at}`;
  const area = (pixels: number, mm2?: number) =>
    px(count(pixels)) + (mm2 === undefined ? "" : ` (${mm2.toFixed(1)}\u00a0mm\u00b2)`);
  if (dice === null) return `false alarm of ${area(predicted_px, mm?.predicted_mm2)}`;
  const lesion = `lesion ${area(truth_px, mm?.truth_mm2)}`;
  if (predicted_px === 0) return `nothing predicted, ${lesion}`;
  const hd95 = px(hd95_px!.toFixed(1)) + (mm ? ` (${mm.hd95_mm!.toFixed(2)}\u00a0mm)` : "");
  return `Dice ${dice.toFixed(3)}, HD95 ${hd95}, ${lesion}`;
}
