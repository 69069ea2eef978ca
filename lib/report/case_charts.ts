/**
 * Charts of an evaluation: Dice over the cases and over lesion area, figures at other thresholds,
 * reliability of the probabilities.
 *
 * @module
 */
import type { CaseResult, ReliabilityBin, ThresholdRow } from "../evaluate/results.ts";
import { CHART_SIZE, drawChart, INK } from "../pictures/plot.ts";

const BINS = 20;

/** The height of a label as a share of the axis. */
const LABEL_ROOM = 0.075;

/** The radii of reliability dots, px, and how much smaller a tenth of the pixels is drawn. */
const LARGEST_DOT = 9;
const SMALLEST_DOT = 1.5;
const DOT_STEP = 2.5;

/** With this many cases or more, dots are small and pale and have no names. */
const MANY_CASES = 3000;

/** A histogram of Dice in 20 bins, with the mean and the median, as SVG. */
export function diceHistogram(
  dice: readonly number[],
  mean: number | null,
  median: number | null,
): Promise<string> {
  const bins = Array.from({ length: BINS }, (_, bin) => ({
    from: bin / BINS,
    to: (bin + 1) / BINS,
    // The last bin includes 1.
    count: dice.filter((value) => Math.min(BINS - 1, Math.floor(value * BINS)) === bin).length,
  }));
  const marked = [{ name: "mean", value: mean }, { name: "median", value: median }]
    .filter((mark): mark is { name: string; value: number } => mark.value !== null);
  return drawChart("Histogram of the Dice of the images with a lesion", (marks) => ({
    marginTop: 50,
    marginLeft: 52,
    x: { label: "Dice", domain: [0, 1] },
    y: { label: "Images with a lesion", grid: true, nice: true, ticks: 5, tickFormat: "d" },
    marks: [
      marks.rectY(bins, { x1: "from", x2: "to", y: "count", inset: 1, fill: INK.green }),
      marks.ruleY([0], { strokeOpacity: 0.5 }),
      ...marked.flatMap((mark, row) => [
        marks.ruleX([mark], { x: "value", strokeDasharray: "3 3" }),
        marks.text([mark], {
          x: "value",
          text: ({ name, value }: typeof mark) => `${name} ${value.toFixed(3)}`,
          frameAnchor: "top",
          // Each label has its own row and extends towards the middle, since marks may lie close
          // together or at an end of the axis.
          textAnchor: mark.value > 0.5 ? "end" : "start",
          dx: mark.value > 0.5 ? -5 : 5,
          dy: -22 + 14 * row,
        }),
      ]),
    ],
  }));
}

/** Dice over lesion area: one dot per image with a lesion, as SVG. */
export function diceByArea(cases: readonly CaseResult[]): Promise<string> {
  const lesions = cases.filter(({ dice, truth_px }) => dice !== null && truth_px > 0);
  const isMany = lesions.length > MANY_CASES;
  const areas = lesions.map(({ truth_px }) => truth_px);
  const ticks = logTicks(
    areas.reduce((a, b) => Math.min(a, b), Infinity),
    areas.reduce((a, b) => Math.max(a, b), 0),
  );
  return drawChart("Dice of each image over the area of its lesions", (marks) => ({
    marginLeft: 52,
    x: { label: "Lesion area, px", type: "log", tickFormat: "~s", ticks },
    y: { label: "Dice", domain: [0, 1], grid: true },
    marks: [
      marks.dot(lesions, {
        x: "truth_px",
        y: "dice",
        r: isMany ? 1.2 : 3,
        fill: INK.blue,
        fillOpacity: isMany ? 0.35 : 0.6,
        ...(!isMany && {
          title: ({ image, dice, truth_px }: CaseResult) =>
            `${image}\nDice ${dice!.toFixed(3)}, lesion ${truth_px} px`,
        }),
      }),
    ],
  }));
}

/**
 * Mean Dice, precision and recall over the threshold, with the share of the `lesionFree` images
 * that have a false alarm, and a dot where Dice is highest, as SVG.
 */
export function thresholdCurves(
  rows: readonly ThresholdRow[],
  used: number,
  lesionFree = 0,
): Promise<string> {
  const curves: readonly ThresholdCurve[] = [
    { name: "Dice", colour: INK.green, value: ({ dice }) => dice },
    { name: "precision", colour: INK.blue, dashes: "5 3", value: ({ precision }) => precision },
    { name: "recall", colour: INK.vermilion, dashes: "1 3", value: ({ recall }) => recall },
    ...(lesionFree === 0 ? [] : [{
      name: "false alarms",
      colour: INK.soft,
      dashes: "8 3 2 3",
      value: (row: ThresholdRow) => row.false_alarms / lesionFree,
    }]),
  ];
  const last = rows.at(-1);
  const best = bestThreshold(rows);
  return drawChart("Mean Dice, precision, recall and false alarms by threshold", (marks) => ({
    marginLeft: 52,
    marginRight: 108,
    x: { label: "Threshold", domain: [0, 1] },
    y: { label: "Mean, or share", domain: [0, 1], grid: true },
    marks: [
      marks.ruleX([used], { stroke: INK.soft, strokeDasharray: "2 4" }),
      ...curves.map(({ colour, dashes, value }) =>
        marks.lineY(rows, {
          x: "threshold",
          y: (row: ThresholdRow) => value(row) ?? NaN,
          stroke: colour,
          strokeWidth: 2,
          strokeLinecap: "round",
          ...(dashes !== undefined && { strokeDasharray: dashes }),
        })
      ),
      ...(best === undefined ? [] : [
        marks.dot([best], { x: "threshold", y: "dice", r: 4.5, fill: INK.green }),
        marks.text([best], {
          x: "threshold",
          text: ({ threshold, dice }: ThresholdRow) =>
            `best Dice ${dice!.toFixed(3)} at ${threshold}`,
          frameAnchor: "top",
          textAnchor: best.threshold > 0.5 ? "end" : "start",
          lineAnchor: "bottom",
          dy: -3,
          fill: INK.green,
        }),
      ]),
      ...namesOf(
        curves.map(({ name, colour, value }) => ({ name, colour, y: last ? value(last) : null })),
      )
        .map(({ name, colour, y, dy }) =>
          marks.text([last], {
            x: "threshold",
            y: () => y,
            dy,
            dx: 8,
            text: () => name,
            textAnchor: "start",
            fill: colour,
            fontWeight: 600,
          })
        ),
    ],
  }));
}

interface ThresholdCurve {
  readonly name: string;
  readonly colour: string;
  readonly dashes?: string;
  readonly value: (row: ThresholdRow) => number | null;
}

/** The row of the highest Dice; `undefined` where Dice was not measured. */
function bestThreshold(rows: readonly ThresholdRow[]): ThresholdRow | undefined {
  const measured = rows.filter(({ dice }) => dice !== null);
  return measured.length === 0
    ? undefined
    : measured.reduce((best, row) => row.dice! > best.dice! ? row : best);
}

/**
 * Labels at the ends of curves on an axis from 0 to 1, moved apart where they would cover each
 * other.
 */
function namesOf<Label extends { readonly y: number | null }>(
  labels: readonly Label[],
): (Label & { readonly y: number; readonly dy: number })[] {
  let below = Infinity;
  return labels.flatMap((label) => label.y === null ? [] : [{ ...label, y: label.y }])
    .sort((a, b) => b.y - a.y)
    .map((label) => {
      const place = Math.min(label.y, below - LABEL_ROOM);
      below = place;
      return { ...label, dy: Math.round((label.y - place) * CHART_SIZE.height) };
    });
}

/**
 * 1, 2 and 5 times the powers of ten from `low` to `high`; all their multiples where these are few.
 */
function logTicks(low: number, high: number): number[] {
  const ticksOf = (steps: readonly number[]) =>
    Array.from({ length: 12 }, (_, power) => steps.map((step) => step * 10 ** power))
      .flat().filter((tick) => tick >= low && tick <= high);
  const ticks = ticksOf([1, 2, 5]);
  return ticks.length > 2 ? ticks : ticksOf([1, 2, 3, 4, 5, 6, 7, 8, 9]);
}

/**
 * A reliability diagram: the share of lesion pixels over the predicted probability, as SVG. A
 * perfect model lies on the diagonal.
 */
export function reliabilityCurve(bins: readonly ReliabilityBin[]): Promise<string> {
  const filled = bins.filter(({ pixels }) => pixels > 0);
  const most = Math.max(1, ...filled.map(({ pixels }) => pixels));
  return drawChart("Share of lesion pixels by predicted probability", (marks) => ({
    marginLeft: 52,
    x: { label: "Predicted probability", domain: [0, 1] },
    y: { label: "Share of lesion pixels", domain: [0, 1], grid: true },
    marks: [
      marks.line([[0, 0], [1, 1]], { stroke: INK.soft, strokeDasharray: "2 4" }),
      marks.lineY(filled, {
        x: "mean_probability",
        y: "lesion_share",
        stroke: INK.blue,
        strokeWidth: 2,
      }),
      marks.dot(filled, {
        x: "mean_probability",
        y: "lesion_share",
        // The radius follows the logarithm of the pixel count, since most pixels are background.
        r: ({ pixels }: ReliabilityBin) =>
          Math.max(SMALLEST_DOT, LARGEST_DOT - DOT_STEP * Math.log10(most / pixels)),
        fill: INK.blue,
        title: ({ pixels, from, to }: ReliabilityBin) =>
          `${from.toFixed(2)} to ${to.toFixed(2)}: ${pixels} pixels`,
      }),
    ],
    r: { type: "identity" },
  }));
}
