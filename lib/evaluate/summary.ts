/**
 * Figures over all measured images.
 *
 * Means and medians are over the images with a lesion. Lesion-free images have no overlap to
 * average; they have their own summary. Each set of images (all, a class, a size) has intervals
 * from its own draws.
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
  type EvaluationResults,
  type LesionCounts,
  type LesionFreeSummary,
  type NamedSummary,
  type PooledMeasure,
  type SizeSummary,
  type Spread,
  type Summary,
} from "./results.ts";
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
  const spread = (measure: CaseMeasure): Spread => ({
    mean: found[`mean ${measure}`],
    median: found[`median ${measure}`],
    std: standardDeviation(valuesOf(cases, measure)),
  });
  const perMeasure = CASE_MEASURES.map((measure) => [measure, spread(measure)] as const);
  return {
    cases: cases.length,
    nothing_predicted: cases.filter(({ predicted_px: area }) => area === 0).length,
    per_case: Object.fromEntries(perMeasure) as Record<CaseMeasure, Spread>,
    pooled: {
      dice: found["pooled dice"],
      iou: found["pooled iou"],
      precision: found["pooled precision"],
      recall: found["pooled recall"],
    },
    detection: {
      ...sumLesions(cases),
      sensitivity: found.sensitivity,
      precision: found.precision,
      false_per_image: found["false per image"],
      strict_sensitivity: found["strict sensitivity"],
      strict_precision: found["strict precision"],
    },
  };
}

/** Sums up the lesion-free images in `results`. */
export function summariseLesionFree(
  results: readonly CaseResult[],
  options: BootstrapOptions,
): LesionFreeSummary {
  const lesionFree = lesionFreeOf(results);
  const alarms = lesionFree.map(({ predicted_px: area }) => area > 0 ? 1 : 0);
  const parts = lesionFree.map(({ lesions }) => lesions.predicted);
  const found = estimate(
    lesionFree.map(({ group }) => group),
    { rate: meanOf(alarms), parts: meanOf(parts) },
    options,
  );
  return {
    cases: lesionFree.length,
    false_alarms: sum(alarms),
    false_alarm_rate: found.rate,
    false_lesions: sum(parts),
    false_per_image: found.parts,
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
  | DetectionStatistic;
type DetectionStatistic =
  | "sensitivity"
  | "precision"
  | "false per image"
  | "strict sensitivity"
  | "strict precision";

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
    ...detectionOf(cases.map(({ lesions }) => lesions)),
  };
}

/** The statistics of lesion detection. */
function detectionOf(lesions: readonly LesionCounts[]): Statistics<DetectionStatistic> {
  const column = (name: keyof LesionCounts) => lesions.map((counts) => counts[name]);
  const [truth, predicted] = [column("truth"), column("predicted")];
  const hits = lesions.map((counts) => counts.predicted - counts.false);
  return {
    sensitivity: ratioOf(column("found"), truth),
    precision: ratioOf(hits, predicted),
    "false per image": meanOf(column("false")),
    "strict sensitivity": ratioOf(column("strict_found"), truth),
    "strict precision": ratioOf(column("strict_found"), predicted),
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

/** The sample standard deviation (n - 1); `null` for fewer than two values. */
function standardDeviation(values: readonly number[]): number | null {
  if (values.length < 2) return null;
  const centre = mean(values)!;
  return Math.sqrt(sum(values.map((value) => (value - centre) ** 2)) / (values.length - 1));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
