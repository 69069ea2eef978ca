/**
 * `evaluate`: evaluates a model on images with known masks.
 *
 * @module
 */
import {
  bestRun,
  DeviceError,
  evaluateModel,
  type EvaluateRequest,
  EVALUATION_FILES,
  type EvaluationOutcome,
  type EvaluationResults,
  FILES,
  InputError,
  patientTableInWords,
  type PreparedEvaluation,
  reportRun,
  type ReportRunRequest,
  RESEARCH_ONLY,
  spacingTableInWords,
} from "../../mod.ts";
import { evaluateCommand as commandWithOptions } from "../options/evaluate_options.ts";
import { givenSettings } from "../options/field_options.ts";
import { spelled } from "../options/flags.ts";
import { openFolders } from "../options/folder_options.ts";
import { outputOf } from "../options/output_options.ts";
import { evaluationJson } from "../terminal/evaluate_json.ts";
import { EXIT, Exit } from "../terminal/exit.ts";
import { Interrupt } from "../terminal/interrupt.ts";
import { ProgressBar } from "../terminal/progress_bar.ts";
import type { Json, Say } from "../terminal/say.ts";
import { describeDevice, TUNING } from "../words/engine_words.ts";
import { evaluationText } from "../words/evaluation_words.ts";
import { sayLeftOut } from "../words/left_out_words.ts";
import { chosenModelWords, sayNotes } from "../words/model_words.ts";
import { task } from "../words/task.ts";
import { plural, shellWord } from "../words/words.ts";
import { reportLine } from "./report.ts";

/** `evaluate` with its options and its action. */
export function evaluateCommand() {
  return commandWithOptions().action(async (run, { json, quiet, ...options }) => {
    const { data, outDir, resamples, seed } = options;
    const model = run === undefined ? options.model : [run, ...options.model ?? []];
    const settings = givenSettings(options);
    const bootstrap = { resamples, seed, level: 0.95 };
    const folders = await openFolders({ data, outDir });
    const output = outputOf({ json, quiet });
    const request = { ...options, ...folders, model, settings, bootstrap };
    const results = await evaluate(request, output.say, output.json);
    if (results === undefined) throw new Exit(EXIT.interrupted);
  });
}

/**
 * Evaluates a model, writes the figures and prints them. Returns `undefined` after Ctrl-C, when
 * nothing is written.
 *
 * @throws {InputError} if settings, models or images cannot be used.
 * @throws {DeviceError} if the device is missing or fails.
 */
export async function evaluate(
  request: Omit<EvaluateRequest, "signal">,
  say: Say,
  json?: Json,
): Promise<EvaluationResults | undefined> {
  const { data, output = data } = request;
  const best = request.model === undefined ? await bestRun(output) : undefined;
  using interrupt = new Interrupt();
  let bar: ProgressBar | undefined;
  let outcome: EvaluationOutcome | undefined;
  let [evaluated, all] = [0, 0];
  try {
    outcome = await evaluateModel({ ...request, signal: interrupt.signal }, {
      note: (text) => say.line(`note: ${text}`),
      tuning: () => say.line(TUNING),
      prepared: (prepared) => sayBefore(request, prepared, best, say),
      begin({ images: { pairs: { length: total } } }) {
        all = total;
        const shown = bar = new ProgressBar({ doing: "evaluating", things: "images", total, say });
        interrupt.listen(() => shown.end());
      },
      evaluating(done) {
        evaluated = done;
        bar?.done(done);
        // All images are done. From here on, Ctrl-C ends the program at once.
        if (done === all) interrupt.end();
      },
    });
  } finally {
    bar?.end();
  }
  if (outcome === undefined) {
    const images = plural(all, "image");
    say.line(`Stopped after ${evaluated} of ${images}; nothing was written.`, "result");
    return undefined;
  }
  const { results, out, reportedBy } = outcome;
  sayResults(results, output.resolve(out), say);
  const report = reportedBy === undefined
    ? undefined
    : await refreshReport({ ...request, name: reportedBy }, say);
  say.line(RESEARCH_ONLY);
  json?.(evaluationJson(results, output.resolve(out), report));
  return results;
}

/**
 * Writes the report of a run again, now with the new figures. Returns its path; `undefined` where
 * the run is in use or cannot be read, which is said.
 */
async function refreshReport(
  { data, output = data, name, settings }: ReportRunRequest,
  say: Say,
): Promise<string | undefined> {
  try {
    const warn = (text: string) => say.line(`warning: ${text}`);
    const { run } = await reportRun({ data, output, name, settings }, { warn });
    say.line(`${reportLine(output, run)}, now with these figures`);
    return output.resolve(run.file(FILES.report));
  } catch (error) {
    if (!(error instanceof InputError || error instanceof DeviceError)) throw error;
    const way = task("report", shellWord(name));
    say.line(
      `note: the report does not show these figures yet: ${spelled(error.sentence)}; ${way}`,
    );
    return undefined;
  }
}

function sayBefore(
  { model: named, evalSize }: EvaluateRequest,
  prepared: PreparedEvaluation,
  best: Awaited<ReturnType<typeof bestRun>>,
  say: Say,
): void {
  const { models, images, threshold, tta, spacings: { table }, chosen } = prepared;
  const { pairs, part, split, layout, leftOut, patientTable } = images;
  const [first, second = []] = models;
  for (const model of first) {
    say.line(`model    ${model.path}`);
    if (named === undefined) say.line(`         ${chosenModelWords(model, best)}`);
  }
  for (const { path } of second) say.line(`baseline ${path}`);
  for (const model of models.flat()) sayNotes(model, say);
  const from = split === null ? "no split: all that were found" : `part "${part}" of ${split}`;
  say.line(`images   ${plural(pairs.length, "image")}, ${from}`);
  say.line(`layout: ${layout}`);
  const size = evalSize === undefined ? "each image's own" : `${evalSize.width}x${evalSize.height}`;
  const flips = tta === "none" ? "" : `; flips: ${tta}`;
  say.line(`size     ${size}; threshold ${threshold}${flips}`);
  if (table) say.line(`spacings ${spacingTableInWords(table)}`);
  if (patientTable) say.line(`patients ${patientTableInWords(patientTable)}`);
  say.line(`device   ${describeDevice(chosen)}`);
  sayLeftOut(leftOut, say);
  say.line();
}

function sayResults(results: EvaluationResults, out: string, say: Say): void {
  // Who reads the figures must know first what forbids a conclusion.
  for (const warning of results.warnings) say.line(`note: ${warning}`);
  if (results.warnings.length > 0) say.line();
  say.block(evaluationText(results));
  say.line();
  const { json, csv } = EVALUATION_FILES;
  say.line(`All figures are in ${out}: ${json}, ${csv}`, "result");
}
