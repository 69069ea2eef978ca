/**
 * The section of the report on the results: an evaluation in charts and tables.
 *
 * @module
 */
import type { Estimate, EvaluationResults, Summary } from "../../evaluate/results.ts";
import { diceByArea, diceHistogram, reliabilityCurve, thresholdCurves } from "../case_charts.ts";
import { type Html, html, raw } from "../../page/html.ts";
import { figure, table } from "./tables.ts";

/** Renders an evaluation as charts and tables. `source` says what was evaluated and how. */
export async function resultsSection(evaluation: EvaluationResults, source: string): Promise<Html> {
  const { overall, lesion_free, thresholds, calibration, cases, settings, warnings } = evaluation;
  const dice = cases.flatMap((result) => result.dice === null ? [] : [result.dice]);
  const { mean, median } = overall.per_case.dice;
  const ece = calibration.ece === null
    ? ""
    : ` Expected calibration error ${digits(calibration.ece)}.`;
  const charts = [
    figure(
      raw(await diceHistogram(dice, mean.value, median.value)),
      "Distribution of Dice over the images with a lesion; a missed lesion counts 0.",
    ),
    figure(raw(await diceByArea(cases)), "Dice over lesion area; a dot is an image."),
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
    <section id="results" aria-labelledby="results-title">
    <h2 id="results-title">Results</h2>
    <p>${source}</p>
    ${warnings.map((warning) => html`<p class="warning">${warning}</p>`)}
    <div class="plots">${charts}</div>
    <h3>Measures</h3>
    ${measures(overall)}
    ${groups(evaluation)}
    ${detection(evaluation)}
    </section>
  `;
}

const NAMES = {
  dice: "Dice",
  iou: "IoU",
  precision: "precision",
  recall: "recall",
  hd95_px: "HD95, px",
  assd_px: "surface distance, px",
  area_error: "area error, share",
} as const;

function measures({ per_case, pooled, cases }: Summary): Html {
  const rows = Object.entries(NAMES).map(([key, name]) => {
    const { mean, median, std } = per_case[key as keyof typeof NAMES];
    const all = key in pooled ? range(pooled[key as keyof typeof pooled]) : "";
    return [name, range(mean), range(median), std === null ? "-" : digits(std), all];
  });
  const columns = ["", "mean (95 %)", "median (95 %)", "SD", "all pixels pooled (95 %)"];
  return html`<p>Over ${cases} images with a lesion; in brackets 95 % bootstrap intervals.</p>
${table({ title: "Measures over the images with a lesion", columns, rows })}`;
}

function groups({ by_class, by_size }: EvaluationResults): Html {
  const row = (name: string, { cases, nothing_predicted, per_case, pooled }: Summary) => [
    name,
    String(cases),
    range(per_case.dice.mean),
    range(per_case.dice.median),
    range(pooled.dice),
    String(nothing_predicted),
  ];
  const share = (value: number) => `${Number((100 * value).toPrecision(3))} %`;
  const rows = [
    ...by_class.filter(({ cases }) => cases > 0).map((group) => row(group.name, group)),
    ...by_size.filter(({ cases }) => cases > 0).map((group) =>
      row(`${group.name} (from ${share(group.from)} of the image)`, group)
    ),
  ];
  if (rows.length === 0) return html``;
  const columns = ["", "images", "mean Dice", "median Dice", "pooled Dice", "nothing found in"];
  return html`<h3>By class and lesion size</h3>
${table({ title: "Dice by class and lesion size", columns, rows })}`;
}

function detection({ overall: { detection }, lesion_free }: EvaluationResults): Html {
  const { truth, found, missed, strict_found, strict_missed } = detection;
  const rows = [
    [
      "any overlap",
      ...[truth, found, missed, detection.false].map(String),
      range(detection.sensitivity),
    ],
    [
      "IoU of at least 0.5",
      ...[truth, strict_found, strict_missed, detection.strict_false].map(String),
      range(detection.strict_sensitivity),
    ],
  ];
  const columns = ["found means", "lesions", "found", "missed", "false", "sensitivity (95 %)"];
  const alarms = lesion_free.cases === 0
    ? "No image without a lesion was among them."
    : `Apart from these: ${lesion_free.cases} images without a lesion, false alarms in ${lesion_free.false_alarms} of them ` +
      `(${range(lesion_free.false_alarm_rate)}).`;
  return html`<h3>Lesions found</h3>
${table({ title: "Lesions found and missed", columns, rows })}
<p>${alarms}</p>`;
}

/** "0.646 (0.581 to 0.702)". */
function range({ value, low, high }: Estimate): string {
  if (value === null) return "-";
  return low === null || high === null
    ? digits(value)
    : `${digits(value)} (${digits(low)} to ${digits(high)})`;
}

function digits(value: number): string {
  return Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(3);
}
