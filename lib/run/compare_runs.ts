/**
 * Compares runs: the settings in which they differ, their figures, and the differences of their
 * models on images that both were evaluated on. The result is the content of `compare.json`.
 *
 * @module
 */
import { RESEARCH_ONLY } from "../core/version.ts";
import type { BootstrapOptions } from "../evaluate/bootstrap.ts";
import { byName, differencesOf } from "../evaluate/difference.ts";
import { correctedTogether } from "../evaluate/holm.ts";
import {
  type Calibration,
  type Difference,
  type EvaluatedData,
  type EvaluatedModel,
  type EvaluationResults,
  type EvaluationSettings,
  type LesionFreeSummary,
  type Summary,
} from "../evaluate/results.ts";
import { toldApart } from "../evaluate/told_apart.ts";
import { bestOf, type HistoryRow } from "../train/progress.ts";
import { rowToJson } from "../train/progress_json.ts";
import type { RunRecord } from "./run_record.ts";

/** The whole of `compare.json`. */
export interface RunComparison {
  readonly notice: typeof RESEARCH_ONLY;
  /** What can be told apart, in sentences. */
  readonly verdict: readonly string[];
  readonly runs: readonly ComparedRun[];
  /** Settings that differ between the runs, with one value per run, in the order of the runs. */
  readonly settings: readonly { readonly name: string; readonly values: readonly unknown[] }[];
  /**
   * The first run's model minus each other model, where both were evaluated in the same way on the
   * same images. All of them are corrected together for being several.
   */
  readonly differences: readonly {
    readonly first: string;
    readonly second: string;
    readonly differences: readonly Difference[];
  }[];
  /** Why figures may not be comparable, as sentences. */
  readonly warnings: readonly string[];
}

/** A run with its figures. */
export interface ComparedRun {
  readonly name: string;
  readonly epochs: number;
  /** The number of epochs that the run is to reach. */
  readonly planned_epochs: number;
  /**
   * The row of the best epoch in `history.csv`: the epoch with the lowest validation loss. `null`
   * before the first epoch ends.
   */
  readonly best: Readonly<Record<string, number | null>> | null;
  readonly lowest_val_loss: Readonly<Record<string, number | null>> | null;
  /** The figures over all images of `evaluation/metrics.json`. */
  readonly evaluation: EvaluationFigures | null;
}

/** An evaluation without the figures of single images. */
export interface EvaluationFigures {
  readonly model: EvaluatedModel;
  readonly data: EvaluatedData;
  readonly settings: EvaluationSettings;
  readonly overall: Summary;
  readonly lesion_free: LesionFreeSummary;
  readonly ece: Calibration["ece"];
}

/** Compares runs in the given order. */
export function compareRuns(
  records: readonly RunRecord[],
  bootstrap: BootstrapOptions,
): RunComparison {
  const pairs = records.slice(1).flatMap((second) => {
    const [a, b] = [records[0].evaluation, second.evaluation];
    if (!a || !b || obstacleTo(a, b) !== undefined) return [];
    const differences = differencesOf(a.cases, b.cases, bootstrap);
    return [{ first: records[0].name, second: second.name, differences }];
  });
  const differences = correctedTogether(pairs);
  return {
    notice: RESEARCH_ONLY,
    verdict: differences.length > 0
      ? toldApart(differences)
      : ["Nothing can be told apart: no differences between these runs could be measured."],
    runs: records.map(comparedRun),
    settings: differingSettings(records),
    differences,
    warnings: warningsOf(records),
  };
}

function comparedRun({ name, config, history, evaluation }: RunRecord): ComparedRun {
  const row = (found: HistoryRow | undefined) => found === undefined ? null : rowToJson(found);
  return {
    name,
    epochs: history.length,
    planned_epochs: config.epochs as number,
    best: row(bestOf(history)),
    lowest_val_loss: row(lowestValLoss(history)),
    evaluation: evaluation === undefined ? null : {
      model: evaluation.model,
      data: evaluation.data,
      settings: evaluation.settings,
      overall: evaluation.overall,
      lesion_free: evaluation.lesion_free,
      ece: evaluation.calibration.ece,
    },
  };
}

function lowestValLoss(history: readonly HistoryRow[]): HistoryRow | undefined {
  const validated = history.filter(({ valLoss }) => valLoss !== null);
  return validated.toSorted((a, b) => a.valLoss! - b.valLoss!)[0];
}

function differingSettings(records: readonly RunRecord[]): RunComparison["settings"] {
  const names = new Set(records.flatMap(({ config }) => Object.keys(config)));
  return [...names]
    .map((name) => ({ name, values: records.map(({ config }) => config[name]) }))
    .filter(({ values }) => new Set(values.map((value) => JSON.stringify(value))).size > 1);
}

/** The reason why two evaluations cannot be compared image by image; `undefined` if they can. */
function obstacleTo(a: EvaluationResults, b: EvaluationResults): string | undefined {
  const size = ({ settings }: EvaluationResults) => JSON.stringify(settings.size);
  if (size(a) !== size(b)) return "they were evaluated at different sizes";
  const images = (results: EvaluationResults) =>
    JSON.stringify(
      byName(results.cases).map(({ image, kind, truth_px }) => [image, kind, truth_px]),
    );
  if (images(a) !== images(b)) return "they were evaluated on different images";
  if (a.settings.threshold !== b.settings.threshold) {
    return "they were evaluated with different thresholds";
  }
  const flips = ({ settings: { tta = "none" } }: EvaluationResults) => tta;
  if (flips(a) !== flips(b)) return "they were evaluated with different flips";
  return undefined;
}

function warningsOf(records: readonly RunRecord[]): string[] {
  const [first, ...others] = records;
  const validated = ({ validationImages }: RunRecord) =>
    JSON.stringify(validationImages.toSorted());
  const unlike = others.filter((other) => validated(other) !== validated(first));
  const warnings = unlike.length === 0 ? [] : [
    `${names(unlike)} ${
      unlike.length === 1 ? "was" : "were"
    } validated on other images than ${first.name}: ` +
    `the figures of their epochs cannot be compared`,
  ];
  for (const other of others) {
    if (!first.evaluation || !other.evaluation) continue;
    const obstacle = obstacleTo(first.evaluation, other.evaluation);
    if (obstacle !== undefined) {
      warnings.push(`no differences between ${first.name} and ${other.name}: ${obstacle}`);
    }
  }
  const missing = records.filter(({ evaluation }) => evaluation === undefined);
  if (missing.length > 0) {
    warnings.push(`not evaluated: ${names(missing)} (evaluate the model ${missing[0].name})`);
  }
  return warnings;
}

function names(records: readonly RunRecord[]): string {
  return records.map(({ name }) => name).join(", ");
}
