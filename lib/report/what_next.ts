/**
 * What to do next after a run: advice chosen by rules over its figures, each with a command.
 *
 * The rules of the curves are in curve_advice.ts, those of an evaluation in result_advice.ts. They
 * are rules of thumb: each one says what it saw, so that a reader can judge.
 *
 * @module
 */
import { command, sentence, setting } from "../core/sentence.ts";
import { type Advice, type AdvisedRun, predictCommand } from "./advice.ts";
import { curveAdvice } from "./curve_advice.ts";
import { resultAdvice } from "./result_advice.ts";

/** The most pieces of advice about faults. */
const MOST_FAULTS = 4;

/** Advice about a run, the most useful first. None while it is in training. */
export function whatNext(run: AdvisedRun): Advice[] {
  const { run: name, state, history, evaluation, hasTest } = run;
  if (state === "training" || history.length === 0) return [];
  if (state === "stopped") return [...stopped(name), ...faultsOf(run)];
  const advice = faultsOf(run);
  if (evaluation === undefined) {
    advice.push({
      saw: "The single images have not been measured.",
      todo: "Write the report again:",
      command: sentence`${command("report", name)}`,
    });
  }
  if (!hasTest) {
    advice.push({
      saw: run.config.keep === "best"
        ? "The images that selected the epoch are the ones that are measured here."
        : "The images that are measured here are those by which settings are chosen.",
      todo:
        "Before you quote a figure, measure images that were kept apart, in a folder of their own:",
      command: sentence`${command("evaluate")} ${setting("model", name)} ${
        setting("images", "kept-apart")
      }`,
    });
  }
  advice.push({
    saw: "The model can be used.",
    todo: "Outline lesions in new images, in a folder of their own:",
    command: predictCommand(name),
  });
  return advice;
}

function stopped(name: string): Advice[] {
  return [{
    saw: "The run stopped before its last epoch.",
    todo: "Go on with it:",
    command: sentence`${command("train")} ${setting("resume", name)}`,
  }];
}

function faultsOf(run: AdvisedRun): Advice[] {
  const faults = [...curveAdvice(run), ...run.evaluation ? resultAdvice(run, run.evaluation) : []];
  return faults.slice(0, MOST_FAULTS);
}
