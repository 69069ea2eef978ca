/**
 * Writes the report at the end of a session. The kept model is evaluated first, unless that has
 * been done.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import type { Spell } from "../core/sentence.ts";
import type { Split } from "../dataset/split.ts";
import type { Engine } from "../engine/engine.ts";
import type { Folders } from "../store/store.ts";
import type { TrainingConfig } from "../train/config.ts";
import { hasEnded, type Progress } from "../train/progress.ts";
import { forInformation, type Warn } from "./for_information.ts";
import { readManifest } from "./manifest.ts";
import { ImagesUnusable, reportResults } from "./report_results.ts";
import { FILES, type RunFolder } from "./run_folder.ts";
import { type ReportRequest, writeReport } from "./run_report.ts";
import { splitOfInputs } from "./split_of_inputs.ts";
import { readTimings } from "./timings.ts";

/** Arguments of {@linkcode finishReport}. */
export interface FinishRequest extends Folders {
  readonly run: RunFolder;
  readonly engine: Engine;
  readonly config: TrainingConfig;
  readonly progress: Progress;
  readonly split: Split;
  /** Called after each evaluated image. */
  readonly onProgress?: (done: number, total: number) => void;
  /** A signal that skips the evaluation. */
  readonly signal?: AbortSignal;
  /** Called for each damaged file, and each missing image, that the report lacks. */
  readonly warn?: Warn | undefined;
  /** Writes settings and commands in the report. */
  readonly spell?: Spell | undefined;
  /** Interactive use: skip an evaluation that would take long. */
  readonly inAHurry?: boolean;
  /**
   * Whether damaged figures of `evaluate` count as missing, with a warning: after a training they
   * are no reason to fail. Otherwise they are an error that the user resolves.
   */
  readonly takesDamaged?: boolean;
}

/** The longest evaluation in interactive use, in seconds. */
const SHORT_WAIT = 10;

/** The text that replaces skipped cases. */
const LEFT_OUT = {
  noResults: "The single cases have not been evaluated yet; write the report again.",
};

/**
 * Reads the parts of a run folder that the report needs.
 *
 * @throws {InputError} if the checkpoint or the split cannot be read.
 */
export async function savedForReport(
  run: RunFolder,
): Promise<Pick<FinishRequest, "run" | "config" | "progress" | "split">> {
  const { config, progress } = await run.readLast();
  const text = await run.readText(FILES.split);
  if (text === undefined) throw new InputError(`${run.file(FILES.split)} is missing`);
  const manifest = await forInformation(() => readManifest(run));
  const split = splitOfInputs(text, manifest?.inputs, run.file(FILES.split));
  return { run, config, progress, split };
}

/** Evaluates the kept model, unless that has been done, and writes the report. */
export async function finishReport(request: FinishRequest): Promise<void> {
  const { run, config, progress, warn, spell } = request;
  const results = progress.epoch === 0 ? {} : await resultsFor(request);
  const state = hasEnded(progress, config) ? "finished" : "stopped";
  await writeReport({ run, config, progress, state, ...results, warn, spell });
  const { noResults } = results;
  if (noResults !== undefined && noResults !== LEFT_OUT.noResults) warn?.(noResults);
}

async function resultsFor(
  request: FinishRequest,
): Promise<Pick<ReportRequest, "results" | "noResults">> {
  const { data, output, run, engine, config, progress, split, onProgress, signal, inAHurry } =
    request;
  if (inAHurry) {
    const timings = await forInformation(() => readTimings(run, progress.epoch));
    const seconds = timings?.epochs().at(-1)?.valSeconds ?? Infinity;
    if (seconds > SHORT_WAIT) return LEFT_OUT;
  }
  try {
    const results = await reportResults({
      data,
      output,
      run,
      engine,
      config,
      split,
      ...(signal && { signal }),
      ...(onProgress && { done: onProgress }),
      ...(request.takesDamaged && { warn: request.warn }),
    });
    return { results };
  } catch (error) {
    if (signal?.aborted) return LEFT_OUT;
    if (!(error instanceof ImagesUnusable)) throw error;
    return { noResults: `The single cases could not be evaluated: ${error.message}` };
  }
}
