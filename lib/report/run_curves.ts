/**
 * Curves of several runs in one picture, by epoch: Dice and loss of the validation images, and the
 * training loss. A run has the same colour in all panels. After seven runs the colours repeat with
 * dashed lines.
 *
 * @module
 */
import { drawChart, placeChart } from "../pictures/plot.ts";
import { renderPng } from "../pictures/render.ts";
import { COLOURS, drawing, element, fitText, text } from "../pictures/svg.ts";
import type { HistoryRow } from "../train/progress.ts";
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
const DASHES = [undefined, "7 4", "2 3"];

const WIDTH = 860;
const MARGIN = 24;
const TITLE_HEIGHT = 52;
const LEGEND_LINE = 22;
const LEGEND_COLUMN = 270;
const PANEL = { x: MARGIN, width: WIDTH - 2 * MARGIN, height: 230 };

interface Panel {
  readonly label: string;
  readonly value: (row: HistoryRow) => number | null;
  readonly domain?: readonly [number, number];
}

const PANELS: readonly Panel[] = [
  { label: "Dice, validation images", value: ({ valDice }) => valDice, domain: [0, 1] },
  { label: "Loss, validation images", value: ({ valLoss }) => valLoss },
  { label: "Loss, training images", value: ({ trainLoss }) => trainLoss },
];

/** Draws the runs as SVG. A panel without values is left out. */
export async function runCurves(runs: readonly RunCurves[]): Promise<string> {
  const panels = PANELS.filter(({ value }) =>
    runs.some(({ history }) => history.some((row) => value(row) !== null))
  );
  const columns = Math.floor((WIDTH - 2 * MARGIN) / LEGEND_COLUMN);
  const legendHeight = Math.ceil(runs.length / columns) * LEGEND_LINE + 12;
  const top = TITLE_HEIGHT + legendHeight;
  const charts = await Promise.all(panels.map((panel) => panelChart(panel, runs)));
  return drawing(
    WIDTH,
    top + charts.length * PANEL.height + MARGIN,
    text(`${runs.length} ${runs.length === 1 ? "run" : "runs"} by epoch`, MARGIN, 34, {
      size: 18,
      weight: 600,
    }),
    ...runs.flatMap(({ name }, index) => {
      const x = MARGIN + (index % columns) * LEGEND_COLUMN;
      const y = TITLE_HEIGHT + Math.floor(index / columns) * LEGEND_LINE + 8;
      return legendEntry(name, x, y, index);
    }),
    ...charts.map((chart, k) => placeChart(chart, { ...PANEL, y: top + k * PANEL.height })),
  );
}

/** The picture as the bytes of a PNG file, at twice the SVG's size. */
export async function runCurvesPng(runs: readonly RunCurves[]): Promise<Uint8Array<ArrayBuffer>> {
  return renderPng(await runCurves(runs), 2);
}

function panelChart({ label, value, domain }: Panel, runs: readonly RunCurves[]) {
  const last = Math.max(1, ...runs.map(({ history }) => history.length));
  return drawChart(`${label} by epoch`, (marks) => ({
    width: PANEL.width,
    height: PANEL.height,
    marginLeft: 56,
    marginTop: 28,
    // A single epoch is placed in the middle.
    x: {
      label: "Epoch",
      domain: last === 1 ? [0, 2] : [1, last],
      ticks: epochTicks(last),
      tickFormat: "d",
    },
    y: {
      label,
      grid: true,
      nice: true,
      ticks: 5,
      ...(domain ? { domain } : { zero: true }),
    },
    marks: [
      marks.ruleY([0], { strokeOpacity: 0.4 }),
      ...runs.flatMap(({ history }, index) => {
        const points = thinned(history).map((row) => ({
          epoch: row.epoch,
          value: drawable(value(row)),
        }));
        const style = styleOf(index);
        return [
          marks.lineY(points, { x: "epoch", y: "value", strokeWidth: 2, ...style }),
          ...(last > 60
            ? []
            : [marks.dot(points, { x: "epoch", y: "value", r: 2.4, fill: style.stroke })]),
        ];
      }),
    ],
  }));
}

function legendEntry(name: string, x: number, y: number, index: number): string[] {
  const { stroke, strokeDasharray } = styleOf(index);
  const line = { x1: x, y1: y, x2: x + 26, y2: y, stroke, "stroke-width": 3 };
  return [
    element("line", { ...line, "stroke-dasharray": strokeDasharray }),
    text(fitText(name, LEGEND_COLUMN - 50, 13), x + 34, y + 4.5, { weight: 600 }),
  ];
}

function styleOf(index: number): { readonly stroke: string; readonly strokeDasharray?: string } {
  const dashes = DASHES[Math.floor(index / PALETTE.length) % DASHES.length];
  return { stroke: PALETTE[index % PALETTE.length], strokeDasharray: dashes };
}
