/**
 * `evaluate`: how well a model does on images whose masks are known.
 *
 * @module
 */
import { DataFolder } from "../../store/folder.ts";
import type { FileStore } from "../../store/store.ts";
import { workersFor } from "../../image/codecs/unpackers.ts";
import type { Engine } from "../../engine/engine.ts";
import { planPrediction } from "../../plan/planners.ts";
import { InputError } from "../../core/errors.ts";
import { type BootstrapOptions, checkBootstrap } from "../../evaluate/bootstrap.ts";
import { type Evaluated, evaluateImages } from "../../evaluate/evaluate.ts";
import {
  checkEvalSize,
  chooseImages,
  type ChosenImages,
  type ImagesRequest,
} from "../../run/evaluated_images.ts";
import { EVALUATION_FILES, type EvaluationResults } from "../../evaluate/results.ts";
import { resultsToCsv } from "../../evaluate/results_csv.ts";
import { type ModelCases, resultsOf } from "../../evaluate/results_of.ts";
import { LeakageCheck } from "../../run/leakage_check.ts";
import { checkThreshold } from "../../predict/predict_image.ts";
import { type InputSize } from "../../predict/logits.ts";
import { type Model, readModel } from "../../model/model_file.ts";
import { newestModel, runOf } from "../../run/find_model.ts";
import { FILES } from "../../run/run_folder.ts";
import { newSettings, type RunSettings } from "../../run/run_settings.ts";
import { describeDevice, openEngine } from "../device.ts";
import {
  evaluateCommand as commandWithOptions,
  type EvaluateOptions,
} from "../options/evaluate_options.ts";
import { givenSettings } from "../options/field_options.ts";
import { evaluationText } from "../words/evaluation_words.ts";
import { EXIT, Exit } from "../terminal/exit.ts";
import { onInterrupt } from "../terminal/interrupt.ts";
import { inputConfig } from "./predict.ts";
import { ProgressBar } from "../terminal/progress_bar.ts";
import { type Say, sayOnStdout } from "../terminal/say.ts";
import { plural } from "../words/words.ts";
import { RESEARCH_ONLY } from "../../core/version.ts";
import { graphOf } from "../../network/architectures.ts";

/** `evaluate` with its options and its action. */
export function evaluateCommand() {
  return commandWithOptions().action(async (options) => {
    const { resamples, seed } = options;
    const settings = newSettings(givenSettings(options));
    const bootstrap = { resamples, seed, level: 0.95 };
    checkBootstrap(bootstrap);
    const data = await DataFolder.open(options.data);
    const results = await evaluate({ ...options, data, settings, bootstrap }, sayOnStdout());
    if (results === undefined) throw new Exit(EXIT.interrupted);
  });
}

/** What to evaluate, on what, how, and where to write. */
export interface EvaluateRequest
  extends
    Omit<ImagesRequest, "data" | "model">,
    Pick<EvaluateOptions, "model" | "baseline" | "out" | "evalSize" | "size" | "threshold"> {
  readonly data: FileStore;
  readonly settings: RunSettings;
  readonly bootstrap: BootstrapOptions;
  /** Whether a GPU's kernels are measured at first use; by default they are. */
  readonly autotune?: boolean | undefined;
}

/** Evaluates, writes and says what was found; `undefined` when Ctrl-C stopped it, and nothing is written. */
export async function evaluate(
  request: EvaluateRequest,
  say: Say,
): Promise<EvaluationResults | undefined> {
  const { data, threshold, evalSize, settings, bootstrap } = request;
  checkThreshold(threshold);
  if (evalSize !== undefined) checkEvalSize(evalSize);
  const model = await readModel(data, request.model ?? await newestModel(data));
  const others = request.baseline === undefined ? [] : [await readModel(data, request.baseline)];
  const models = [model, ...others];
  const images = await chooseImages({ ...request, model });
  const out = outputOf(request, model, images);
  const kind = await data.kindOf(out);
  if (kind !== undefined && kind !== "folder") {
    throw new InputError(`--out ${out} is a file; expected a folder`);
  }

  const chosen = await openEngine(settings, { data, autotune: request.autotune, say });
  try {
    sayBefore(models, request, images, describeDevice(chosen), say);
    const evaluated: Evaluated[] = [];
    // Given for the models that do not tell their input; where all do, it is refused.
    const isNeeded = models.some(({ info }) => info === undefined);
    for (const one of models) {
      const size = isNeeded && one.info ? undefined : request.size;
      evaluated.push(await ready(chosen.engine, one, size));
    }
    const seen = await LeakageCheck.of(data, models.map(({ path }) => path));
    const cases = await measureAll(request, images, evaluated, seen, say);
    if (cases === undefined) return undefined;
    const described: ModelCases[] = [];
    for (const [k, one] of models.entries()) {
      described.push({ model: describe(one, evaluated[k].input), cases: cases[k] });
    }
    const [first, second] = described;
    const results = resultsOf({
      evaluated: first,
      against: second,
      data: { part: images.part, split: images.split, trained_on: seen.trainedOn(0) },
      settings: { threshold, size: evalSize ?? "original" },
      bootstrap,
      warnings: seen.warnings(images.patientsKnown),
    });
    await write(data, out, results);
    sayResults(results, data.resolve(out), say);
    return results;
  } finally {
    chosen.engine.close();
  }
}

async function ready(
  engine: Engine,
  model: Model,
  size: InputSize | undefined,
): Promise<Evaluated> {
  const { width, height, mean, std } = inputConfig(model, size);
  const plan = planPrediction(graphOf(model.network), { n: 1, width, height, mean, std });
  return { predictor: await engine.predictor(plan, model.weights), input: { width, height } };
}

/** The measured images of each model; `undefined` when Ctrl-C stopped it. */
async function measureAll(
  { data, threshold, evalSize, settings: { threads } }: EvaluateRequest,
  { pairs, classes, groups }: ChosenImages,
  models: readonly Evaluated[],
  seen: LeakageCheck,
  say: Say,
) {
  const bar = new ProgressBar({ doing: "evaluating", things: "images", total: pairs.length, say });
  using interrupt = onInterrupt(() => bar.end());
  const { signal } = interrupt;
  const cases = models.map(() => [] as ModelCases["cases"][number][]);
  try {
    const workers = threads === null ? undefined : workersFor(threads);
    const job = { data, pairs, models, threshold, evalSize, classes, groups, workers, signal };
    for await (const evaluated of evaluateImages(job)) {
      evaluated.answers.forEach(({ measured }, k) => cases[k].push(measured));
      seen.add(evaluated);
      bar.done(cases[0].length);
    }
    return cases;
  } catch (error) {
    if (!signal.aborted) throw error;
    bar.end();
    say.line(
      `Stopped after ${cases[0].length} of ${plural(pairs.length, "image")}; nothing was written.`,
    );
    return undefined;
  } finally {
    bar.end();
  }
}

function describe(model: Model, input: InputSize) {
  return {
    file: model.path,
    sha256: model.sha256,
    run: runOf(model.path) ?? null,
    epoch: model.info?.epoch ?? null,
    network_width: input.width,
    network_height: input.height,
  };
}

async function write(data: FileStore, out: string, results: EvaluationResults): Promise<void> {
  await data.makeFolder(out);
  await data.writeFile(`${out}/${EVALUATION_FILES.csv}`, resultsToCsv(results));
  const json = `${JSON.stringify(results, null, 2)}\n`;
  await data.writeFile(`${out}/${EVALUATION_FILES.json}`, json);
}

/** In the model's run, apart for each part, so that no part's figures take the place of another's. */
function outputOf(
  { data, out }: EvaluateRequest,
  model: Model,
  { part, isReported }: ChosenImages,
): string {
  if (out !== undefined) return data.relative(out);
  const run = runOf(model.path);
  const folder = isReported ? FILES.evaluation : `${FILES.evaluation}-${part}`;
  return run === undefined ? folder : `runs/${run}/${folder}`;
}

function sayBefore(
  models: readonly Model[],
  { evalSize, threshold }: EvaluateRequest,
  { pairs, part, split }: ChosenImages,
  device: string,
  say: Say,
): void {
  const [first, second] = models;
  say.line(`model    ${first.path}`);
  if (second) say.line(`baseline ${second.path}`);
  const from = split === null ? "no split: all that were found" : `part "${part}" of ${split}`;
  say.line(`images   ${plural(pairs.length, "image")}, ${from}`);
  const size = evalSize === undefined ? "each image's own" : `${evalSize.width}x${evalSize.height}`;
  say.line(`size     ${size}; threshold ${threshold}`);
  say.line(`device   ${device}`);
  say.line();
}

function sayResults(results: EvaluationResults, out: string, say: Say): void {
  say.line(evaluationText(results));
  say.line();
  for (const warning of results.warnings) say.line(`note: ${warning}`);
  say.line(`All figures are in ${out}: ${EVALUATION_FILES.json}, ${EVALUATION_FILES.csv}`);
  say.line(RESEARCH_ONLY);
}
