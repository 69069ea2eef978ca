/**
 * `evaluate`: evaluates a model on images with known masks.
 *
 * @module
 */
import {
  evaluateModel,
  type EvaluateRequest,
  EVALUATION_FILES,
  type EvaluationOutcome,
  type EvaluationResults,
  patientTableInWords,
  type PreparedEvaluation,
  RESEARCH_ONLY,
} from "../../mod.ts";
import { evaluateCommand as commandWithOptions } from "../options/evaluate_options.ts";
import { givenSettings } from "../options/field_options.ts";
import { openFolders } from "../options/folder_options.ts";
import { EXIT, Exit } from "../terminal/exit.ts";
import { Interrupt } from "../terminal/interrupt.ts";
import { ProgressBar } from "../terminal/progress_bar.ts";
import { type Say, sayOnStdout } from "../terminal/say.ts";
import { describeDevice, TUNING } from "../words/engine_words.ts";
import { evaluationText } from "../words/evaluation_words.ts";
import { sayLeftOut } from "../words/left_out_words.ts";
import { sayNotes } from "../words/model_words.ts";
import { plural } from "../words/words.ts";

/** `evaluate` with its options and its action. */
export function evaluateCommand() {
  return commandWithOptions().action(async (options) => {
    const { data, outDir, resamples, seed } = options;
    const settings = givenSettings(options);
    const bootstrap = { resamples, seed, level: 0.95 };
    const folders = await openFolders({ data, outDir });
    const results = await evaluate({ ...options, ...folders, settings, bootstrap }, sayOnStdout());
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
): Promise<EvaluationResults | undefined> {
  const { output = request.data } = request;
  using interrupt = new Interrupt();
  let bar: ProgressBar | undefined;
  let outcome: EvaluationOutcome | undefined;
  let [evaluated, all] = [0, 0];
  try {
    outcome = await evaluateModel({ ...request, signal: interrupt.signal }, {
      note: (text) => say.line(`note: ${text}`),
      tuning: () => say.line(TUNING),
      prepared: (prepared) => sayBefore(request, prepared, say),
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
  if (outcome !== undefined) sayResults(outcome.results, output.resolve(outcome.out), say);
  else say.line(`Stopped after ${evaluated} of ${plural(all, "image")}; nothing was written.`);
  return outcome?.results;
}

function sayBefore(
  { evalSize }: EvaluateRequest,
  prepared: PreparedEvaluation,
  say: Say,
): void {
  const { models, images, threshold, tta, chosen } = prepared;
  const { pairs, part, split, layout, leftOut, patientTable } = images;
  const [first, second = []] = models;
  for (const { path } of first) say.line(`model    ${path}`);
  for (const { path } of second) say.line(`baseline ${path}`);
  for (const model of models.flat()) sayNotes(model, say);
  const from = split === null ? "no split: all that were found" : `part "${part}" of ${split}`;
  say.line(`images   ${plural(pairs.length, "image")}, ${from}`);
  say.line(`layout: ${layout}`);
  const size = evalSize === undefined ? "each image's own" : `${evalSize.width}x${evalSize.height}`;
  const flips = tta === "none" ? "" : `; flips: ${tta}`;
  say.line(`size     ${size}; threshold ${threshold}${flips}`);
  if (patientTable) say.line(`patients ${patientTableInWords(patientTable)}`);
  say.line(`device   ${describeDevice(chosen)}`);
  sayLeftOut(leftOut, say);
  say.line();
}

function sayResults(results: EvaluationResults, out: string, say: Say): void {
  const sayWarnings = () => results.warnings.forEach((warning) => say.line(`note: ${warning}`));
  // Who compares two models must know first what forbids it.
  if (results.against) sayWarnings();
  say.block(evaluationText(results));
  say.line();
  if (!results.against) sayWarnings();
  say.line(`All figures are in ${out}: ${EVALUATION_FILES.json}, ${EVALUATION_FILES.csv}`);
  say.line(RESEARCH_ONLY);
}
