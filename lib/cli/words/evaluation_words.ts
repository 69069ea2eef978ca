/**
 * Formats an evaluation as text and tables.
 *
 * @module
 */
import {
  atSize,
  CASE_MEASURES,
  COMPARED,
  type Difference,
  type Estimate,
  type EvaluationResults,
  headFigures,
  isBeyondChance,
  isFirstBetter,
  namedMillimetres,
  type PooledMeasure,
  shareText,
  type Summary,
  toldApart,
  visibleLine,
  withWidth,
} from "../../mod.ts";
import { columns, count, plural } from "./words.ts";

/** How a measure is shown by which no models are compared: it has no better direction. */
const AREA_ERROR = { name: "area error", decimals: 3 };

/** The figures of an evaluation as tables, separated by empty lines. */
export function evaluationText(results: EvaluationResults): string {
  const { overall, lesion_free, calibration, against } = results;
  const at = atSize(results.settings.size);
  const sections: string[][] = [];
  if (against) {
    const { differences } = against;
    sections.push([
      visibleLine(`first  ${results.model.file}`),
      visibleLine(`second ${against.model.file}`),
      ...toldApart([{ first: "first", second: "second", differences }]),
    ]);
  }
  sections.push(["at a glance", glanceLines(results)]);
  if (overall.cases > 0) {
    const images = plural(overall.cases, "image");
    sections.push(
      [`${images} with a lesion, with 95 % intervals`, measuresTable(overall, at)],
      ["lesions (connected parts)", detectionTable(overall)],
      ["by class and lesion size", groupTable(results, at)],
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
      "first minus second, image by image, with 95 % intervals",
      differenceLines(against.differences, "first", "second"),
    ]);
  }
  return sections.map((lines) => lines.join("\n")).join("\n\n");
}

/** The first figures, one a line, in columns. */
function glanceLines(results: EvaluationResults): string {
  const rows = headFigures(results).map(({ name, value, detail, interval }) => [
    `  ${name.charAt(0).toLowerCase()}${name.slice(1)}`,
    value,
    detail,
    interval,
  ]);
  return columns(rows, () => true);
}

function measuresTable(summary: Summary, at: string): string {
  const { per_case, pooled } = summary;
  const rows = CASE_MEASURES.map((measure) => {
    const { name, decimals } = COMPARED.get(measure) ?? AREA_ERROR;
    const { mean, median } = per_case[measure];
    const all = pooled[measure as PooledMeasure];
    const isShare = measure === "area_error" || measure === "abs_area_error";
    const shown = (found: Estimate) => isShare ? percent(found) : interval(found, decimals);
    return [
      `  ${name}${name.endsWith("px") ? at : ""}`,
      shown(mean),
      shown(median),
      all ? interval(all, decimals) : "",
    ];
  });
  const inMm = namedMillimetres(summary).map((
    [name, { mean, median }],
  ) => [`  ${name}`, interval(mean, 2), interval(median, 2), ""]);
  return columns([["", "mean", "median", "all pixels together"], ...rows, ...inMm]);
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

function groupTable({ by_class, by_size }: EvaluationResults, at: string): string {
  const groups: (readonly [string, Summary])[] = [
    ...by_class.map((group) => [group.name, group] as const),
    ...by_size.map((group) =>
      [`${group.name} (${sizeWords(group.from, group.below)})`, group] as const
    ),
  ];
  return columns([
    ["", "images", "mean Dice", "median Dice", `mean HD95, px${at}`, "lesions found"],
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
    const { name, decimals } = COMPARED.get(found.measure) ?? { name: found.measure, decimals: 3 };
    const { better, worse } = found;
    return [
      `  ${name}`,
      found.first!.toFixed(decimals),
      found.second!.toFixed(decimals),
      interval(withWidth(found.difference), decimals, true),
      better === null ? "" : count(better),
      worse === null ? "" : count(worse),
      probability(found.p_corrected),
      isBeyondChance(found) ? `${isFirstBetter(found) ? first : second} better` : "may be chance",
    ];
  });
  const head = ["", first, second, "difference", "better", "worse", "p, corrected", ""];
  return rows.length === 0 ? "  nothing to compare" : columns([head, ...rows]);
}

function probability(p: number | null | undefined): string {
  if (p === null || p === undefined) return "";
  return p < 0.001 ? "under 0.001" : p.toFixed(3);
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
  return bounded(estimate, shareText);
}

function bounded({ value, low, high }: Estimate, shown: (value: number) => string): string {
  if (value === null) return "-";
  return low === null || high === null
    ? shown(value)
    : `${shown(value)} [${shown(low)}, ${shown(high)}]`;
}
