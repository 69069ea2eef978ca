/**
 * Curves of several runs by epoch: Dice and loss of the validation images, and the training loss. A
 * run has the same colour and dashes in all panels, its name at the end of its line, and a ring at
 * its best epoch. Both losses have one scale.
 *
 * @module
 */
import type { Markish } from "@observablehq/plot";
import { largest } from "../core/statistics.ts";
import { drawChart, type Marks, placeChart } from "../pictures/plot.ts";
import type { Frame } from "../pictures/picture.ts";
import { COLOURS, element, fitText, text } from "../pictures/svg.ts";
import { bestOf, type HistoryRow } from "../train/progress.ts";
import { drawable, epochTicks, thinned } from "./curves.ts";

/** A run with its finished epochs. */
export interface RunCurves {
  readonly name: string;
  readonly history: readonly HistoryRow[];
}

/** The palette of Okabe and Ito without its yellow, which is too pale on paper. */
const PALETTE = [
  COLOURS.blue,
  COLOURS.vermilion,
  COLOURS.green,
  "#cc79a7",
  "#e69f00",
  "#56b4e9",
  COLOURS.ink,
];
/** Not as many as there are colours, so that colour and dashes together repeat late. */
const DASHES = [undefined, "8 4", "2 3", "10 3 2 3"];

const LEGEND_LINE = 22;
const HEIGHT = 250;
const MARGIN = { top: 30, bottom: 42, left: 52, right: 116 };
/** The least distance of two names at the ends of lines, px. */
const LABEL_LINE = 14;
/** Up to so many epochs, each has a dot. */
const MOST_DOTS = 60;

/** A drawing and its height, px. */
export interface Drawn {
  readonly svg: string;
  readonly height: number;
}

interface Panel {
  readonly label: string;
  readonly value: (row: HistoryRow) => number | null;
}

const DICE: Panel = { label: "Dice, validation images", value: ({ valDice }) => valDice };
const LOSSES: readonly Panel[] = [
  { label: "Loss, validation images", value: ({ valLoss }) => valLoss },
  { label: "Loss, training images", value: ({ trainLoss }) => trainLoss },
];

/** The colour and the dashes of a run's lines. */
export function styleOf(
  index: number,
): { readonly stroke: string; readonly strokeDasharray?: string | undefined } {
  return {
    stroke: PALETTE[index % PALETTE.length],
    strokeDasharray: DASHES[index % DASHES.length],
  };
}

/** Draws the legend and the panels into a column. A panel without values is left out. */
export async function runCurves(
  runs: readonly RunCurves[],
  { x, y, width }: Omit<Frame, "height">,
): Promise<Drawn> {
  const hasValues = ({ value }: Panel) =>
    runs.some(({ history }) => history.some((row) => value(row) !== null));
  const legend = runLegend(runs, { x, y, width });
  let bottom = y + legend.height;
  const drawn = [legend.svg];
  if (hasValues(DICE)) {
    drawn.push(placeChart(await panelChart(DICE, runs, width, 1), { x, y: bottom, width }));
    bottom += HEIGHT;
  }
  const losses = LOSSES.filter(hasValues);
  const top = niceTop(losses.flatMap(({ value }) => valuesOf(runs, value)));
  for (const [k, panel] of losses.entries()) {
    const half = (width - 12) / 2;
    const chart = await panelChart(panel, runs, half, top);
    drawn.push(placeChart(chart, { x: x + k * (half + 12), y: bottom, width: half }));
  }
  if (losses.length > 0) bottom += HEIGHT;
  return { svg: drawn.join(""), height: bottom - y };
}

/** The name, line and best epoch of each run. */
function runLegend(runs: readonly RunCurves[], { x, y, width }: Omit<Frame, "height">): Drawn {
  const column = width / 2;
  const entries = runs.flatMap(({ name, history }, index) => {
    const [left, line] = [x + (index % 2) * column, y + Math.floor(index / 2) * LEGEND_LINE + 8];
    return [
      legendLine(index, left, line),
      text(fitText(name, 130, 13), left + 42, line + 4.5, { weight: 600 }),
      text(bestWords(history), left + 184, line + 4.5, { size: 12, fill: COLOURS.softInk }),
    ];
  });
  return { svg: entries.join(""), height: Math.ceil(runs.length / 2) * LEGEND_LINE + 8 };
}

/** A piece of a run's line, for a legend. */
export function legendLine(index: number, x: number, y: number): string {
  const { stroke, strokeDasharray } = styleOf(index);
  const ends = { x1: x, y1: y, x2: x + 34, y2: y };
  return element("line", {
    ...ends,
    stroke,
    "stroke-width": 3,
    "stroke-dasharray": strokeDasharray,
  });
}

function bestWords(history: readonly HistoryRow[]): string {
  const best = bestOf(history);
  if (best === undefined) return "no epoch yet";
  const dice = best.valDice === null ? "" : `Dice ${best.valDice.toFixed(3)}, `;
  return `best: ${dice}epoch ${best.epoch} of ${history.length}`;
}

/** A panel of the runs' lines from 0 to `top`. */
function panelChart(
  { label, value }: Panel,
  runs: readonly RunCurves[],
  width: number,
  top: number,
): Promise<string> {
  const last = Math.max(1, ...runs.map(({ history }) => history.length));
  return drawChart(`${label} by epoch`, (marks) => ({
    width,
    height: HEIGHT,
    marginTop: MARGIN.top,
    marginBottom: MARGIN.bottom,
    marginLeft: MARGIN.left,
    marginRight: MARGIN.right,
    // A single epoch is placed in the middle.
    x: {
      label: "Epoch",
      domain: last === 1 ? [0, 2] : [1, last],
      ticks: epochTicks(last),
      tickFormat: "d",
    },
    y: { label, grid: true, ticks: 5, domain: [0, top] },
    marks: [
      marks.ruleY([0], { strokeOpacity: 0.4 }),
      ...runs.flatMap((run, index) => runMarks(marks, run, value, index, last)),
      ...endLabels(marks, runs, value, { top, last }),
    ],
  }));
}

function runMarks(
  marks: Marks,
  { history }: RunCurves,
  value: Panel["value"],
  index: number,
  last: number,
): Markish[] {
  const place = { x: "epoch", y: "value" } as const;
  const pointOf = (row: HistoryRow) => ({ epoch: row.epoch, value: drawable(value(row)) });
  const points = thinned(history).map(pointOf);
  const { stroke, strokeDasharray } = styleOf(index);
  const best = bestOf(history);
  return [
    marks.lineY(points, { ...place, strokeWidth: 2, stroke, strokeDasharray }),
    ...(last > MOST_DOTS ? [] : [marks.dot(points, { ...place, r: 2, fill: stroke })]),
    ...(best === undefined ? [] : [
      marks.dot([pointOf(best)], { ...place, r: 5.5, fill: COLOURS.paper, stroke: COLOURS.ink }),
      marks.dot([pointOf(best)], { ...place, r: 3, fill: stroke }),
    ]),
  ];
}

/**
 * The names beside the panel, at the height of the lines' ends and moved apart; none where there
 * are too many. A thin line leads there from a line that ends earlier.
 */
function endLabels(
  marks: Marks,
  runs: readonly RunCurves[],
  value: Panel["value"],
  { top, last }: { readonly top: number; readonly last: number },
): Markish[] {
  const room = HEIGHT - MARGIN.top - MARGIN.bottom;
  const ends = runs.flatMap(({ name, history }, index) => {
    const row = history.findLast((row) => Number.isFinite(drawable(value(row))));
    if (row === undefined) return [];
    const end = drawable(value(row));
    return [{ name, index, epoch: row.epoch, end, at: room * (1 - end / top) }];
  }).sort((a, b) => a.at - b.at);
  if (ends.length * LABEL_LINE > room) return [];
  let lowest = -Infinity;
  const places = ends.map(({ at }) => lowest = Math.max(at, lowest + LABEL_LINE));
  // What was pushed over the lower edge pushes the others up.
  let highest = room + LABEL_LINE;
  for (let k = places.length - 1; k >= 0; k--) {
    highest = places[k] = Math.min(places[k], highest - LABEL_LINE);
  }
  const edge = last === 1 ? 2 : last;
  return ends.flatMap(({ name, index, epoch, end, at }, k) => {
    const { stroke } = styleOf(index);
    const lead = [epoch, edge].map((place) => ({ epoch: place, end }));
    return [
      marks.lineY(lead, { x: "epoch", y: "end", stroke, strokeOpacity: 0.35, strokeWidth: 1 }),
      marks.text([{ epoch: edge, end }], {
        x: "epoch",
        y: "end",
        text: () => fitText(name, MARGIN.right - 12, 12),
        dx: 8,
        dy: places[k] - at,
        textAnchor: "start",
        fill: stroke,
        fontWeight: 600,
      }),
    ];
  });
}

function valuesOf(runs: readonly RunCurves[], value: Panel["value"]): number[] {
  return runs.flatMap(({ history }) => history.map((row) => drawable(value(row))))
    .filter(Number.isFinite);
}

/** The end of an axis from 0 that holds all values, a round number. */
export function niceTop(values: readonly number[]): number {
  const most = values.length === 0 ? 0 : largest(values);
  if (!(most > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(most));
  const step = [0.2, 0.5, 1, 2].find((share) => most <= 5 * share * power)! * power;
  return Math.ceil(most / step) * step;
}
