/**
 * Lists the runs of an output directory with the figures of the models that they keep.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import type { Sentence } from "../core/sentence.ts";
import { TEXT_LIMITS } from "../core/text.ts";
import { type Estimate, EVALUATION_FILES, type EvaluationResults } from "../evaluate/results.ts";
import type { FileStore } from "../store/store.ts";
import type { TrainingConfig } from "../train/config.ts";
import { type HistoryRow, keptRow } from "../train/progress.ts";
import { forInformation } from "./for_information.ts";
import { historyFromCsv } from "./history_csv.ts";
import { readManifest } from "./manifest.ts";
import { startedAt } from "./newest_run.ts";
import { FILES, keptFile, RunFolder, runNames } from "./run_folder.ts";
import { ofRun, readResults, readSplit } from "./run_record.ts";
import { savedConfig } from "./run_settings.ts";

/** A run with the figures of the model that it keeps. What is not known is `null`. */
export interface ListedRun {
  readonly name: string;
  /** ISO time at which it was last begun or resumed. */
  readonly started: string | null;
  /** The images of all parts. */
  readonly images: number | null;
  readonly width: number;
  readonly height: number;
  /** Finished epochs. */
  readonly epochs: number;
  readonly planned_epochs: number;
  /** The epoch of the kept model. */
  readonly epoch: number | null;
  /** The images that the figures are of. */
  readonly part: EvaluationResults["data"]["part"] | null;
  /** Mean Dice; with an interval where the model was evaluated. */
  readonly dice: Estimate;
  /** Lesions, and those of them that were missed. */
  readonly lesions: number | null;
  readonly missed: number | null;
  /** Lesion-free images, and those of them with a false alarm. */
  readonly lesion_free: number | null;
  readonly false_alarms: number | null;
}

/** A folder in `runs/` that cannot be read as a run. */
export interface DamagedRun {
  readonly name: string;
  readonly error: Sentence;
}

/** The runs in alphabetical order. */
export interface RunList {
  readonly runs: readonly ListedRun[];
  readonly damaged: readonly DamagedRun[];
}

/** Lists all runs. A damaged one does not stop the list. */
export async function listRuns(output: FileStore): Promise<RunList> {
  const runs: ListedRun[] = [];
  const damaged: DamagedRun[] = [];
  for (const name of await runNames(output)) {
    try {
      runs.push(await listed(await RunFolder.folderOf(output, name)));
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      damaged.push({ name, error: error.sentence });
    }
  }
  return { runs, damaged };
}

/** The kept model of a run, as the history has it. */
export interface KeptModel {
  readonly run: string;
  readonly epoch: number;
  readonly valDice: number;
}

/**
 * The run whose kept model has the highest validation Dice, and the number of the runs that have
 * one; `undefined` without such a run. Damaged runs are left out.
 */
export async function bestRun(
  output: FileStore,
): Promise<{ readonly best: KeptModel; readonly runs: number } | undefined> {
  const kept: KeptModel[] = [];
  for (const name of await runNames(output)) {
    const row = await forInformation(async () => {
      const { config, history } = await settingsAndHistory(await RunFolder.folderOf(output, name));
      return keptRow(history, config.keep);
    });
    if (row && row.valDice !== null) {
      kept.push({ run: name, epoch: row.epoch, valDice: row.valDice });
    }
  }
  const [best] = kept.toSorted((a, b) => b.valDice - a.valDice);
  return best && { best, runs: kept.length };
}

async function listed(run: RunFolder): Promise<ListedRun> {
  const { config, history } = await settingsAndHistory(run);
  const kept = keptRow(history, config.keep);
  const manifest = await forInformation(() => readManifest(run));
  const evaluation = kept && await evaluationOf(run, config, kept);
  return {
    name: run.name,
    started: startedAt(manifest),
    images: manifest?.dataset?.images ?? null,
    width: config.width,
    height: config.height,
    epochs: history.length,
    planned_epochs: config.epochs,
    epoch: kept?.epoch ?? null,
    ...(evaluation ? figuresOf(evaluation) : figuresOfEpoch(kept)),
  };
}

/** The settings and the finished epochs. A run that has just begun has no history. */
async function settingsAndHistory(
  run: RunFolder,
): Promise<{ readonly config: TrainingConfig; readonly history: readonly HistoryRow[] }> {
  const saved = await savedConfig(run);
  if (saved === undefined) throw new InputError(`${run.file(FILES.config)} is missing`);
  const text = await run.readText(FILES.history, { limit: TEXT_LIMITS.epochs });
  const history = text === undefined ? [] : historyFromCsv(text, run.file(FILES.history));
  return { config: saved.config, history };
}

/** The evaluation of the kept model, by `evaluate` or else for the report. */
async function evaluationOf(
  run: RunFolder,
  config: TrainingConfig,
  kept: HistoryRow,
): Promise<EvaluationResults | undefined> {
  const { parts } = await readSplit(run);
  const hasTest = parts.some(([part]) => part === "test");
  for (const file of [`${FILES.evaluation}/${EVALUATION_FILES.json}`, FILES.metrics]) {
    const found = await forInformation(() => readResults(run, file));
    const isOfKept = found?.model.epoch === kept.epoch &&
      found.model.file.endsWith(`/${keptFile(config)}`);
    if (isOfKept) return ofRun(found, run, hasTest);
  }
}

type Figures = Pick<
  ListedRun,
  "part" | "dice" | "lesions" | "missed" | "lesion_free" | "false_alarms"
>;

function figuresOf({ data, overall, lesion_free: free }: EvaluationResults): Figures {
  const { per_case, detection } = overall;
  return {
    part: data.part,
    dice: per_case.dice.mean,
    lesions: detection.truth,
    missed: detection.missed,
    lesion_free: free.cases,
    false_alarms: free.false_alarms,
  };
}

/** The figures of an epoch, which count no lesions. */
function figuresOfEpoch(row: HistoryRow | undefined): Figures {
  return {
    part: row === undefined ? null : "validation",
    dice: { value: row?.valDice ?? null, low: null, high: null },
    lesions: null,
    missed: null,
    lesion_free: row?.lesionFree ?? null,
    false_alarms: row?.falseAlarms ?? null,
  };
}
