/**
 * Formats an evaluation as text and tables.
 *
 * @module
 */
import {
  type CaseMeasure,
  type Difference,
  type Estimate,
  type EvaluationResults,
  type PooledMeasure,
  type Summary,
  visibleLine,
} from "../../mod.ts";
import { columns, count, plural } from "./words.ts";

/** The name and the number of decimals of each measure. */
const MEASURES: Readonly<Record<CaseMeasure, readonly [name: string, decimals: number]>> = {
  dice: ["Dice", 3],
  iou: ["IoU", 3],
  precision: ["precision", 3],
  recall: ["recall", 3],
  hd95_px: ["HD95, px", 1],
  assd_px: ["ASSD, px", 1],
  area_error: ["area error", 3],
  abs_area_error: ["area error, absolute", 3],
};

const DIFFERENCES: Readonly<Record<string, readonly [name: string, decimals: number]>> = {
  ...MEASURES,
  pooled_dice: ["pooled Dice", 3],
  sensitivity: ["lesion sensitivity", 3],
  false_per_image: ["false lesions per image", 3],
  false_alarm_rate: ["lesion-free images with a false alarm", 3],
};

/** The figures of an evaluation as tables, separated by empty lines. */
export function evaluationText(results: EvaluationResults): string {
  const { overall, lesion_free, calibration, against } = results;
  const sections: string[][] = [];
  if (overall.cases > 0) {
    const images = plural(overall.cases, "image");
    sections.push(
      [`${images} with a lesion, with 95 % intervals`, measuresTable(overall)],
      ["lesions (connected parts)", detectionTable(overall)],
      ["by class and lesion size", groupTable(results)],
    );
  }
  if (lesion_free.cases > 0) {
    sections.push([
      `${
        plural(lesion_free.cases, "image")
      } without a lesion: false alarms in ${lesion_free.false_alarms}, that is ` +
      `${percent(lesion_free.false_alarm_rate)}; ${
        plural(lesion_free.false_lesions, "false lesion")
      }`,
    ]);
  }
  if (calibration.ece !== null) {
    const [ece, brier] = [calibration.ece, calibration.brier!].map((value) => value.toFixed(4));
    sections.push([`calibration: expected error ${ece}, Brier score ${brier}`]);
  }
  if (against) {
    sections.push([
      visibleLine(
        `${results.model.file} (first) minus ${against.model.file} (second), image by image, with 95 % intervals`,
      ),
      differenceLines(against.differences, "first", "second"),
    ]);
  }
  return sections.map((lines) => lines.join("\n")).join("\n\n");
}

function measuresTable({ per_case, pooled }: Summary): string {
  const rows = (Object.keys(MEASURES) as CaseMeasure[]).map((measure) => {
    const [name, decimals] = MEASURES[measure];
    const { mean, median } = per_case[measure];
    const all = pooled[measure as PooledMeasure];
    return [
      `  ${name}`,
      interval(mean, decimals),
      interval(median, decimals),
      all ? interval(all, decimals) : "",
    ];
  });
  return columns([["", "mean", "median", "all pixels together"], ...rows]);
}

function detectionTable({ detection }: Summary): string {
  const { truth, predicted, sensitivity, precision, strict_sensitivity, strict_precision } =
    detection;
  return columns([
    ["", "true", "found", "missed", "predicted", "false", "sensitivity", "precision"],
    [
      "  any overlap",
      ...[truth, detection.found, detection.missed, predicted, detection.false].map(count),
      percent(sensitivity),
      percent(precision),
    ],
    [
      "  IoU of 0.5 or more",
      ...[truth, detection.strict_found, detection.strict_missed, predicted].map(count),
      count(detection.strict_false),
      percent(strict_sensitivity),
      percent(strict_precision),
    ],
  ]);
}

function groupTable({ by_class, by_size }: EvaluationResults): string {
  const groups: (readonly [string, Summary])[] = [
    ...by_class.map((group) => [group.name, group] as const),
    ...by_size.map((group) =>
      [`${group.name} (${sizeWords(group.from, group.below)})`, group] as const
    ),
  ];
  return columns([
    ["", "images", "mean Dice", "median Dice", "mean HD95, px", "lesions found"],
    ...groups.filter(([, { cases }]) => cases > 0).map((
      [name, { cases, per_case: { dice, hd95_px }, detection }],
    ) => [
      `  ${name}`,
      count(cases),
      interval(dice.mean),
      interval(dice.median),
      interval(hd95_px.mean, 1),
      percent(detection.sensitivity),
    ]),
  ]);
}

/** "under 3 % of the image". */
function sizeWords(from: number, below: number | null): string {
  if (from === 0) return `under ${100 * below!} % of the image`;
  return below === null ? `${100 * from} % or more` : `${100 * from} % to ${100 * below} %`;
}

/** A table of differences between two models. */
export function differenceLines(
  differences: readonly Difference[],
  first: string,
  second: string,
): string {
  const rows = differences.filter(({ difference }) => difference.value !== null).map((found) => {
    const [name, decimals] = DIFFERENCES[found.measure] ?? [found.measure, 3];
    const { better, worse } = found;
    return [
      `  ${name}`,
      found.first!.toFixed(decimals),
      found.second!.toFixed(decimals),
      interval(found.difference, decimals, true),
      better === null ? "" : count(better),
      worse === null ? "" : count(worse),
      verdict(found, first, second),
    ];
  });
  const head = ["", first, second, "difference", "better", "worse", ""];
  return rows.length === 0 ? "  nothing to compare" : columns([head, ...rows]);
}

/** The better model of two. If the interval contains 0, there is no verdict. */
function verdict(found: Difference, first: string, second: string): string {
  const { difference: { low, high }, higher_is_better: higherIsBetter } = found;
  if (low === null || high === null) return "";
  if (low <= 0 && high >= 0) return "may be chance";
  return `${(low > 0) === higherIsBetter ? first : second} better`;
}

/** "0.712 [0.654, 0.768]". */
export function interval(estimate: Estimate, decimals = 3, signed = false): string {
  return bounded(
    estimate,
    (number) => `${signed && number > 0 ? "+" : ""}${number.toFixed(decimals)}`,
  );
}

/** "91 % [85 %, 96 %]". */
export function percent(estimate: Estimate): string {
  return bounded(estimate, (share) => `${(100 * share).toFixed(0)} %`);
}

function bounded({ value, low, high }: Estimate, shown: (value: number) => string): string {
  if (value === null) return "-";
  return low === null || high === null
    ? shown(value)
    : `${shown(value)} [${shown(low)}, ${shown(high)}]`;
}
