/**
 * Figures over all measured images.
 *
 * Means and medians are over the images with a lesion. Lesion-free images have no overlap to
 * average; they have their own summary. Each set of images (all, a class, a size) has intervals
 * from its own draws; those of shares are score intervals.
 *
 * @module
 */
import { mean } from "../core/statistics.ts";
import {
  type BootstrapOptions,
  estimate,
  meanOf,
  medianOf,
  ratioOf,
  type Statistic,
  type Statistics,
} from "./bootstrap.ts";
import { calibrate } from "./calibration.ts";
import { type MeasuredCase, SIZE_GROUPS } from "./case.ts";
import { LESION_COUNTS } from "./lesions.ts";
import {
  CASE_MEASURES,
  type CaseMeasure,
  type CaseResult,
  type Detection,
  type Estimate,
  type EvaluationResults,
  type LesionCounts,
  type LesionFreeSummary,
  type NamedSummary,
  type PooledMeasure,
  type SizeSummary,
  type Spread,
  type Summary,
} from "./results.ts";
import { shareOf } from "./share.ts";
import { spreadOf, withWidth } from "./spread.ts";
import { summariseMillimetres } from "./summary_mm.ts";
import { sweepThresholds } from "./threshold_sweep.ts";

/** All figures over a set of images. */
export type Figures = Pick<
  EvaluationResults,
  "overall" | "by_class" | "by_size" | "lesion_free" | "thresholds" | "calibration"
>;

/** Sums up an evaluation. */
export function figuresOf(cases: readonly MeasuredCase[], options: BootstrapOptions): Figures {
  const results = cases.map(({ result }) => result);
  return {
    overall: summariseCases(results, options),
    by_class: byClass(results, options),
    by_size: bySize(results, options),
    lesion_free: summariseLesionFree(results, options),
    thresholds: sweepThresholds(cases),
    calibration: calibrate(cases.map(({ tally }) => tally)),
  };
}

/** Sums up the images with a lesion in `results`. */
export function summariseCases(results: readonly CaseResult[], options: BootstrapOptions): Summary {
  const cases = lesionsOf(results);
  const names = statisticsOf(cases);
  const found = estimate(cases.map(({ group }) => group), names, options);
  const spread = (measure: CaseMeasure) => {
    const [mean, median] = [found[`mean ${measure}`], found[`median ${measure}`]];
    return spreadOf({ mean, median }, valuesOf(cases, measure));
  };
  const millimetres = summariseMillimetres(cases, options);
  const perMeasure = CASE_MEASURES.map((measure) => [measure, spread(measure)] as const);
  return {
    cases: cases.length,
    nothing_predicted: cases.filter(({ predicted_px: area }) => area === 0).length,
    per_case: Object.fromEntries(perMeasure) as Record<CaseMeasure, Spread>,
    ...(millimetres && { per_case_mm: millimetres }),
    pooled: {
      dice: withWidth(found["pooled dice"]),
      iou: withWidth(found["pooled iou"]),
      precision: withWidth(found["pooled precision"]),
      recall: withWidth(found["pooled recall"]),
    },
    detection: {
      ...sumLesions(cases),
      false_per_image: withWidth(found["false per image"]),
      ...detectionShares(cases, options),
    },
  };
}

/** The shares of lesions found, and of predicted lesions that are right. */
export function detectionShares(
  cases: readonly CaseResult[],
  { level }: Pick<BootstrapOptions, "level">,
): Pick<Detection, "sensitivity" | "precision" | "strict_sensitivity" | "strict_precision"> {
  const column = (of: (counts: LesionCounts) => number) => cases.map(({ lesions }) => of(lesions));
  const groups = cases.map(({ group }) => group);
  const [truth, predicted] = [column((all) => all.truth), column((all) => all.predicted)];
  const strict = column((all) => all.strict_found);
  const right = column((all) => all.predicted - all.false);
  return {
    sensitivity: shareOf(column((all) => all.found), truth, groups, level),
    precision: shareOf(right, predicted, groups, level),
    strict_sensitivity: shareOf(strict, truth, groups, level),
    strict_precision: shareOf(strict, predicted, groups, level),
  };
}

/** The share of lesion-free images with a false alarm. */
export function falseAlarmShare(
  lesionFree: readonly CaseResult[],
  { level }: Pick<BootstrapOptions, "level">,
): Estimate {
  return shareOf(
    lesionFree.map(({ predicted_px }) => predicted_px > 0 ? 1 : 0),
    lesionFree.map(() => 1),
    lesionFree.map(({ group }) => group),
    level,
  );
}

/** Sums up the lesion-free images in `results`. */
export function summariseLesionFree(
  results: readonly CaseResult[],
  options: BootstrapOptions,
): LesionFreeSummary {
  const lesionFree = lesionFreeOf(results);
  const alarms = lesionFree.filter(({ predicted_px }) => predicted_px > 0).length;
  const parts = lesionFree.map(({ lesions }) => lesions.predicted);
  const found = estimate(
    lesionFree.map(({ group }) => group),
    { parts: meanOf(parts) },
    options,
  );
  return {
    cases: lesionFree.length,
    false_alarms: alarms,
    false_alarm_rate: falseAlarmShare(lesionFree, options),
    false_lesions: sum(parts),
    false_per_image: withWidth(found.parts),
    mean_area_share: mean(
      lesionFree.map(({ predicted_px: area, width, height }) => area / (width * height)),
    ),
  };
}

function byClass(results: readonly CaseResult[], options: BootstrapOptions): NamedSummary[] {
  const names = new Set(results.flatMap(({ class: name }) => name === null ? [] : [name]));
  return [...names].sort().map((name) => {
    const own = results.filter((result) => result.class === name);
    const summary = summariseCases(own, options);
    return { name, lesion_free: own.length - summary.cases, ...summary };
  });
}

function bySize(results: readonly CaseResult[], options: BootstrapOptions): SizeSummary[] {
  return SIZE_GROUPS.map((group) => {
    const own = results.filter(({ size_group: name }) => name === group.name);
    return { ...group, ...summariseCases(own, options) };
  });
}

type SummaryStatistic =
  | `${"mean" | "median"} ${CaseMeasure}`
  | `pooled ${PooledMeasure}`
  | "false per image";

function statisticsOf(cases: readonly CaseResult[]): Statistics<SummaryStatistic> {
  const spreads = CASE_MEASURES.flatMap((measure): [string, Statistic][] => {
    const values = valuesOf(cases, measure);
    return [[`mean ${measure}`, meanOf(values)], [`median ${measure}`, medianOf(values)]];
  });
  const common = cases.map(({ intersection_px }) => intersection_px);
  const predicted = cases.map(({ predicted_px }) => predicted_px);
  const truth = cases.map(({ truth_px }) => truth_px);
  const precision = ratioOf(common, predicted);
  return {
    ...Object.fromEntries(spreads) as Statistics<`${"mean" | "median"} ${CaseMeasure}`>,
    "pooled dice": ratioOf(common.map((area) => 2 * area), truth.map((t, i) => t + predicted[i])),
    "pooled iou": ratioOf(common, truth.map((area, i) => area + predicted[i] - common[i])),
    // As for a single case, the precision is 0 when nothing is predicted.
    "pooled precision": (weights) => cases.length === 0 ? NaN : precision(weights) || 0,
    "pooled recall": ratioOf(common, truth),
    "false per image": meanOf(cases.map(({ lesions }) => lesions.false)),
  };
}

/** The lesion counts of all images together. */
function sumLesions(cases: readonly CaseResult[]): LesionCounts {
  return Object.fromEntries(
    LESION_COUNTS.map((name) => [name, sum(cases.map(({ lesions }) => lesions[name]))]),
  ) as unknown as LesionCounts;
}

/** The images with a lesion. */
export function lesionsOf(results: readonly CaseResult[]): CaseResult[] {
  return results.filter(({ kind }) => kind === "lesion");
}

/** The lesion-free images. */
export function lesionFreeOf(results: readonly CaseResult[]): CaseResult[] {
  return results.filter(({ kind }) => kind === "lesion_free");
}

/** The values of a measure for images with a lesion, which all have it. */
export function valuesOf(cases: readonly CaseResult[], measure: CaseMeasure): number[] {
  return cases.map((result) => result[measure]!);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
