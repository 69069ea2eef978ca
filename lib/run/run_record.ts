/**
 * Reads the record of a run from its folder: settings, history, split and evaluation.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { command, sentence } from "../core/sentence.ts";
import { TEXT_LIMITS } from "../core/text.ts";
import { type SplitNames, splitNamesOf } from "../dataset/split_file.ts";
import { EVALUATION_FILES, type EvaluationResults } from "../evaluate/results.ts";
import { resultsFromJson } from "../evaluate/results_json.ts";
import type { FileStore } from "../store/store.ts";
import type { HistoryRow } from "../train/progress.ts";
import { historyFromCsv } from "./history_csv.ts";
import { FILES, RunFolder } from "./run_folder.ts";
import { runConfigToJson, savedConfig } from "./run_settings.ts";

/** The readable files of a run. */
export interface RunRecord {
  readonly name: string;
  /** `config.json`, under its own names. */
  readonly config: Readonly<Record<string, unknown>>;
  /** The finished epochs. */
  readonly history: readonly HistoryRow[];
  /** The images that selected the best epoch. */
  readonly validationImages: readonly string[];
  /** `evaluation/metrics.json`, where there is one. */
  readonly evaluation?: EvaluationResults | undefined;
}

/**
 * Reads a run.
 *
 * @throws {InputError} if there is no such run (the message lists the runs), or if a file cannot be
 *   used.
 */
export async function readRunRecord(data: FileStore, name: string): Promise<RunRecord> {
  const run = await RunFolder.folderOf(data, name);
  const saved = await savedConfig(run);
  const history = await run.readText(FILES.history, { limit: TEXT_LIMITS.epochs });
  if (saved === undefined || history === undefined) {
    const missing = run.file(saved === undefined ? FILES.config : FILES.history);
    throw new InputError(
      sentence`run ${run.name} has no ${missing};
        ${command("verify", run.name)} says what can be done`,
    );
  }
  const parts = new Map((await readSplit(run)).parts);
  const evaluation = await readResults(run, `${FILES.evaluation}/${EVALUATION_FILES.json}`);
  return {
    name: run.name,
    config: runConfigToJson(saved.config, saved.settings),
    history: historyFromCsv(history, run.file(FILES.history)),
    validationImages: parts.get("validation") ?? [],
    evaluation: evaluation && ofRun(evaluation, run, parts.has("test")),
  };
}

/** The parts of `split.json`; empty before it is written. */
export async function readSplit(run: RunFolder): Promise<SplitNames> {
  const text = await run.readText(FILES.split);
  return text === undefined ? { parts: [] } : splitNamesOf(text, run.file(FILES.split));
}

/** The figures of an evaluation in a file; `undefined` without it. */
export async function readResults(
  run: RunFolder,
  file: string,
): Promise<EvaluationResults | undefined> {
  const text = await run.readText(file);
  return text === undefined ? undefined : resultsFromJson(text, run.file(file));
}

/**
 * An evaluation of a run's model with the present name of its part. In splits of two parts, earlier
 * versions called the validation part `test`.
 */
export function ofRun(
  results: EvaluationResults,
  run: RunFolder,
  hasTestPart: boolean,
): EvaluationResults {
  const { data } = results;
  const isFormer = !hasTestPart && data.part === "test" && data.split === run.file(FILES.split);
  if (!isFormer) return results;
  return { ...results, data: { ...data, part: "validation" } };
}
