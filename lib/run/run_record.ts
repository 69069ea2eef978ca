/**
 * Reads the record of a run from its folder: settings, history and evaluation.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { command, sentence } from "../core/sentence.ts";
import { TEXT_LIMITS } from "../core/text.ts";
import { splitNamesOf } from "../dataset/split_file.ts";
import { EVALUATION_FILES, type EvaluationResults } from "../evaluate/results.ts";
import { resultsFromJson } from "../evaluate/results_json.ts";
import type { FileStore } from "../store/store.ts";
import type { HistoryRow } from "../train/progress.ts";
import { historyFromCsv } from "./history_csv.ts";
import { FILES, RunFolder } from "./run_folder.ts";
import { runConfigFromJson, runConfigToJson } from "./run_settings.ts";

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
  const [config, history] = [run.file(FILES.config), run.file(FILES.history)];
  const json = await run.readJson(FILES.config, { limit: TEXT_LIMITS.config });
  const text = await run.readText(FILES.history, { limit: TEXT_LIMITS.epochs });
  if (json === undefined || text === undefined) {
    throw new InputError(
      sentence`run ${run.name} has no ${json === undefined ? config : history};
        ${command("verify", run.name)} says what can be done`,
    );
  }
  const read = runConfigFromJson(json, config);
  const metrics = `${FILES.evaluation}/${EVALUATION_FILES.json}`;
  const results = await run.readText(metrics);
  const split = await run.readText(FILES.split);
  const parts = new Map(
    split === undefined ? [] : splitNamesOf(split, run.file(FILES.split)).parts,
  );
  return {
    name: run.name,
    config: runConfigToJson(read.config, read.settings),
    history: historyFromCsv(text, history),
    validationImages: parts.get("validation") ?? [],
    evaluation: results === undefined
      ? undefined
      : ofRun(resultsFromJson(results, run.file(metrics)), run, parts.has("test")),
  };
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
