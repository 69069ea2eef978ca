/**
 * The section of the report on the results: an evaluation in charts and tables.
 *
 * @module
 */
import { asSentence, count, plural } from "../../core/plural.ts";
import { atSize, shareText } from "../../evaluate/head_figures.ts";
import {
  CASE_MEASURES,
  type CaseMeasure,
  type Estimate,
  type EvaluationResults,
  type PooledMeasure,
  type Summary,
} from "../../evaluate/results.ts";
import { namedMillimetres } from "../../evaluate/summary_mm.ts";
import { diceByArea, diceHistogram, reliabilityCurve, thresholdCurves } from "../case_charts.ts";
import { type Html, html, raw } from "../../page/html.ts";
import { figure, table } from "./tables.ts";

/** Renders an evaluation as charts and tables. `source` says what was evaluated and how. */
export async function resultsSection(evaluation: EvaluationResults, source: string): Promise<Html> {
  const { overall, lesion_free, thresholds, calibration, cases, settings, warnings } = evaluation;
  const at = atSize(settings.size);
  const dice = cases.flatMap((result) => result.dice === null ? [] : [result.dice]);
  const { mean, median } = overall.per_case.dice;
  const ece = calibration.ece === null
    ? ""
    : ` Expected calibration error ${calibration.ece.toFixed(3)}.`;
  const charts = [
    figure(
      raw(await diceHistogram(dice, mean.value, median.value)),
      "Distribution of Dice over the images with a lesion; a missed lesion counts 0.",
    ),
    figure(raw(await diceByArea(cases)), `Dice over lesion area${at}; a dot is an image.`),
    figure(
      raw(await thresholdCurves(thresholds, settings.threshold, lesion_free.cases)),
      `What other thresholds would give: means over the images with a lesion, and the share of lesion-free images with a ` +
        `false alarm. The dotted line is the threshold used (${settings.threshold}), the dot the highest Dice. Choosing ` +
        `another by this curve makes the figures on these images too good.`,
    ),
    figure(
      raw(await reliabilityCurve(calibration.bins)),
      `Reliability: of the pixels with a predicted probability, how many are lesion; on the dotted line probabilities can ` +
        `be taken at their word. A dot is one step larger for ten times the pixels.${ece}`,
    ),
  ];
  return html`
    <p>${source}</p>
    ${warnings.map((warning) => html`<p class="warning">${asSentence(warning)}</p>`)}
    <div class="plots">${charts}</div>
    <h3>Measures</h3>
    ${measures(overall, at)}
    ${groups(evaluation)}
    ${detection(evaluation)}
  `;
}

/** How a figure is written: 0.646, 12.3, 255 %. */
type Shown = (value: number) => string;

const share: Shown = (value) => value.toFixed(3);
const pixels: Shown = (value) => value.toFixed(1);
const millimetres: Shown = (value) => value.toFixed(2);

const MEASURES: Readonly<Record<CaseMeasure, readonly [name: string, shown: Shown]>> = {
  dice: ["Dice", share],
  iou: ["IoU", share],
  precision: ["Precision", share],
  recall: ["Recall", share],
  hd95_px: ["HD95, px", pixels],
  assd_px: ["Average surface distance (ASSD), px", pixels],
  area_error: ["Area error", shareText],
  abs_area_error: ["Area error, absolute", shareText],
};

function measures(summary: Summary, at: string): Html {
  const { per_case, pooled, cases } = summary;
  const rows = CASE_MEASURES.map((measure) => {
    const [name, shown] = MEASURES[measure];
    const { mean, median, std } = per_case[measure];
    const all = pooled[measure as PooledMeasure];
    return [
      name + (shown === pixels ? at : ""),
      range(mean, shown),
      range(median, shown),
      std === null ? "-" : shown(std),
      all ? range(all, shown) : "",
    ];
  });
  const inMm = namedMillimetres(summary).map(([name, { mean, median, std }]) => [
    name,
    range(mean, millimetres),
    range(median, millimetres),
    std === null ? "-" : millimetres(std),
    "",
  ]);
  const columns = ["", "mean (95 %)", "median (95 %)", "SD", "all pixels pooled (95 %)"];
  return html`<p>Over ${plural(cases, "image")} with a lesion; in brackets 95 % intervals.</p>
${table({ title: "Measures over the images with a lesion", columns, rows: [...rows, ...inMm] })}`;
}

function groups({ by_class, by_size }: EvaluationResults): Html {
  const row = (
    name: string,
    { cases, nothing_predicted, per_case, pooled, detection }: Summary,
  ) => [
    name,
    count(cases),
    range(per_case.dice.mean, share),
    range(per_case.dice.median, share),
    range(pooled.dice, share),
    range(detection.sensitivity, shareText),
    count(nothing_predicted),
  ];
  const rows = [
    ...by_class.filter(({ cases }) => cases > 0).map((group) => row(group.name, group)),
    ...by_size.filter(({ cases }) => cases > 0).map((group) =>
      row(`${group.name} (${areaWords(group.from, group.below)})`, group)
    ),
  ];
  if (rows.length === 0) return html``;
  const columns = [
    "",
    "images",
    "mean Dice",
    "median Dice",
    "pooled Dice",
    "lesions found",
    "nothing predicted in",
  ];
  return html`<h3>By class and lesion size</h3>
${table({ title: "Dice by class and lesion size", columns, rows })}`;
}

function detection({ overall: { detection }, lesion_free }: EvaluationResults): Html {
  const { truth, found, missed, strict_found, strict_missed } = detection;
  const rows = [
    [
      "any overlap",
      ...[truth, found, missed, detection.false].map(count),
      range(detection.sensitivity, shareText),
    ],
    [
      "IoU of at least 0.5",
      ...[truth, strict_found, strict_missed, detection.strict_false].map(count),
      range(detection.strict_sensitivity, shareText),
    ],
  ];
  const columns = [
    "found means",
    "lesions",
    "found",
    "missed",
    "false marks",
    "sensitivity (95 %)",
  ];
  const { cases, false_alarms, false_alarm_rate } = lesion_free;
  const alarms = cases === 0
    ? "No image without a lesion was among them."
    : `Apart from these: ${plural(cases, "image")} without a lesion; false alarms in ` +
      `${count(false_alarms)}, that is ${range(false_alarm_rate, shareText)}.`;
  return html`<h3>Lesions found</h3>
${table({ title: "Lesions found and missed", columns, rows })}
<p>${alarms}</p>`;
}

/** "under 3 % of the image". */
function areaWords(from: number, below: number | null): string {
  const bound = (value: number) => String(Number((100 * value).toPrecision(3)));
  if (below === null) return `${bound(from)} % of the image or more`;
  return from === 0
    ? `under ${bound(below)} % of the image`
    : `${bound(from)} to ${bound(below)} % of the image`;
}

/** "0.646 (0.581 to 0.702)". */
function range({ value, low, high }: Estimate, shown: Shown): string {
  if (value === null) return "-";
  return low === null || high === null
    ? shown(value)
    // "53 to 90 %".
    : `${shown(value)} (${shown(low).replace(/ %$/, "")} to ${shown(high)})`;
}
