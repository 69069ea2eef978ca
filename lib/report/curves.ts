/**
 * Training curves by epoch: the losses, the Dice of the validation images, the learning rate.
 *
 * The name of a curve stands at its end. An epoch without a value leaves a gap.
 *
 * @module
 */
import { evenly } from "../core/evenly.ts";
import { largest } from "../core/statistics.ts";
import type { Markish, PlotOptions } from "@observablehq/plot";
import {
  CHART_SIZE,
  type ChartSize,
  drawChart,
  INK,
  MARGINS,
  type Marks,
} from "../pictures/plot.ts";

/** The figures of one epoch. */
export interface EpochRecord {
  /** From 1, ascending. */
  readonly epoch: number;
  readonly trainLoss: number;
  readonly valLoss: number | null;
  /** Mean over the validation images with a lesion, from 0 to 1; `null` without such images. */
  readonly valDice: number | null;
  readonly valIou: number | null;
  readonly learningRate: number;
  /** The figures of averaged weights, where there are any. */
  readonly emaLoss?: number | null;
  readonly emaDice?: number | null;
}

/** The time of an epoch. */
export interface EpochTiming {
  /** From 1, ascending. */
  readonly epoch: number;
  readonly trainSeconds: number;
  /** The time of evaluation and saving, in seconds. */
  readonly valSeconds: number;
  /** Training images per second of training. */
  readonly imagesPerSecond: number;
}

/** A curve. */
interface Curve {
  readonly name: string;
  readonly colour: string;
  readonly dashes?: string;
  readonly value: (record: EpochRecord) => number | null;
}

interface Extras {
  readonly bestEpoch?: number | undefined;
  readonly size?: ChartSize;
  readonly y: PlotOptions["y"];
}

/** Largest number of epochs at which each epoch has a dot. */
const MOST_DOTS = 60;

/** Largest number of epochs of which each is drawn; a chart is far narrower. */
const MOST_POINTS = 5000;

/** Room for ticks of large text. */
const MARGIN_LEFT = 64;

/** The smallest distance between the names of two curves, px. */
const NAME_DISTANCE = 17;

/** Values nearer to zero are drawn as zero: ticks between them would be smaller than any double. */
const SMALLEST = 1e-300;

/** Larger values are drawn at this one: the range of an axis would be no finite number. */
const LARGEST = 1e300;

/** Training and validation loss with a line at the best epoch, as SVG. */
export function lossCurves(
  history: readonly EpochRecord[],
  bestEpoch?: number,
  size: ChartSize = CHART_SIZE,
): Promise<string> {
  return curves("Loss by epoch, training and validation", "Loss (BCE + Dice loss)", history, [
    { name: "training", colour: INK.blue, value: ({ trainLoss }) => trainLoss },
    { name: "validation", colour: INK.vermilion, dashes: "5 3", value: ({ valLoss }) => valLoss },
    { name: "averaged", colour: INK.soft, value: ({ emaLoss }) => emaLoss ?? null },
  ], { bestEpoch, size, y: { zero: true } });
}

/** Mean Dice and IoU with a line at the best epoch, as SVG. */
export function overlapCurves(
  history: readonly EpochRecord[],
  bestEpoch?: number,
  size: ChartSize = CHART_SIZE,
): Promise<string> {
  return curves(
    "Mean Dice and IoU of the validation images by epoch",
    "Mean overlap, validation images",
    history,
    [
      { name: "Dice", colour: INK.green, value: ({ valDice }) => valDice },
      { name: "averaged", colour: INK.vermilion, value: ({ emaDice }) => emaDice ?? null },
      { name: "IoU", colour: INK.soft, dashes: "5 3", value: ({ valIou }) => valIou },
    ],
    { bestEpoch, size, y: { domain: [0, 1] } },
  );
}

/** The learning rate as SVG. */
export function learningRateCurve(history: readonly EpochRecord[]): Promise<string> {
  return curves("Learning rate by epoch", "Learning rate", history, [
    { name: "", colour: INK.blue, value: ({ learningRate }) => learningRate },
  ], { y: { zero: true, tickFormat: (rate: number) => String(Number(rate.toPrecision(3))) } });
}

/** The time of each epoch as a bar, as SVG: training steps below, evaluation and saving above. */
export function timeBars(timings: readonly EpochTiming[]): Promise<string> {
  const bars = thinned(timings).flatMap(({ epoch, trainSeconds, valSeconds }) => [
    { epoch, from: 0, to: trainSeconds, colour: INK.blue },
    { epoch, from: trainSeconds, to: trainSeconds + valSeconds, colour: INK.vermilion },
  ]);
  const [first, last] = [timings[0].epoch, timings[timings.length - 1].epoch];
  return drawChart("Seconds per epoch", (marks) => ({
    marginLeft: MARGIN_LEFT,
    x: {
      label: "Epoch",
      domain: [first - 0.5, last + 0.5],
      ticks: epochTicks(last).filter((epoch) => epoch >= first),
      tickFormat: "d",
    },
    y: { label: "Seconds", grid: true, nice: true, ticks: 5 },
    marks: [
      marks.rectY(bars, {
        x1: ({ epoch }: typeof bars[number]) => epoch - 0.4,
        x2: ({ epoch }: typeof bars[number]) => epoch + 0.4,
        y1: "from",
        y2: "to",
        fill: "colour",
      }),
      marks.ruleY([0], { strokeOpacity: 0.5 }),
      ...[
        { text: "evaluation and saving", fill: INK.vermilion, dy: -19 },
        { text: "training steps", fill: INK.blue, dy: -3 },
      ].map(({ text, ...style }) =>
        marks.text([text], {
          text: (words: string) => words,
          frameAnchor: "top-right",
          lineAnchor: "bottom",
          fontWeight: 600,
          ...style,
        })
      ),
    ],
  }));
}

function curves(
  title: string,
  label: string,
  all: readonly EpochRecord[],
  named: readonly Curve[],
  { bestEpoch, size = CHART_SIZE, y }: Extras,
): Promise<string> {
  const history = thinned(all);
  const drawn = named.filter(({ value }) => history.some((record) => isNumber(value(record))));
  const most = history.length === 0 ? 1 : history[history.length - 1].epoch;
  return drawChart(title, (marks) => ({
    width: size.width,
    height: size.height,
    marginLeft: MARGIN_LEFT,
    marginRight: drawn.some(({ name }) => name !== "") ? 142 : 24,
    // A single epoch is placed in the middle.
    x: {
      label: "Epoch",
      domain: most === 1 ? [0, 2] : [1, most],
      ticks: epochTicks(most),
      tickFormat: "d",
    },
    y: { label, grid: true, nice: true, ticks: 5, ...y },
    marks: [
      ...(bestEpoch === undefined ? [] : bestMark(marks, bestEpoch, most)),
      ...drawn.flatMap((curve) => curveMarks(marks, curve, history)),
      ...endLabels(marks, drawn, history, size.height - MARGINS.marginTop - MARGINS.marginBottom),
    ],
  }));
}

function curveMarks(
  marks: Marks,
  { colour, dashes, value }: Curve,
  history: readonly EpochRecord[],
): Markish[] {
  const data = history.map((record) => ({ epoch: record.epoch, value: drawable(value(record)) }));
  const isAlone = (index: number) =>
    !isNumber(data[index - 1]?.value) && !isNumber(data[index + 1]?.value);
  const dots = data.filter((_, index) => history.length <= MOST_DOTS || isAlone(index));
  return [
    marks.lineY(data, {
      x: "epoch",
      y: "value",
      stroke: colour,
      strokeWidth: 2,
      strokeDasharray: dashes,
    }),
    marks.dot(dots, { x: "epoch", y: "value", r: history.length > 30 ? 1.8 : 2.6, fill: colour }),
  ];
}

/**
 * Places the names of curves beside their last values, and moves them apart where they would
 * overlap.
 */
function endLabels(
  marks: Marks,
  drawn: readonly Curve[],
  history: readonly EpochRecord[],
  height: number,
): Markish[] {
  const ends = drawn.flatMap(({ name, colour, value }) => {
    const last = history.findLast((record) => isNumber(value(record)));
    if (name === "" || last === undefined) return [];
    return [{ name, colour, last, y: drawable(value(last)) }];
  }).sort((a, b) => b.y - a.y);
  const sizes = history.flatMap((record) =>
    drawn.map(({ value }) => Math.abs(drawable(value(record))))
  );
  const range = largest(sizes.filter(isNumber)) || 1;
  const shifts = apart(ends.map(({ y }) => (-y / range) * height));
  return ends.map(({ name, colour, last, y }, index) =>
    marks.text([last], {
      x: "epoch",
      y: () => y,
      text: () => `${name} ${shortNumber(y)}`,
      dx: 8,
      dy: shifts[index],
      textAnchor: "start",
      fill: colour,
      fontWeight: 600,
    })
  );
}

/** How far ascending places move so that neighbours keep their distance, in whole px. */
function apart(places: readonly number[]): number[] {
  const moved = [...places];
  // Each pass moves neighbours that are too close, each by half; for three names a few suffice.
  for (let pass = 0; pass < 12; pass++) {
    for (let k = 1; k < moved.length; k++) {
      const half = Math.max(0, NAME_DISTANCE - (moved[k] - moved[k - 1])) / 2;
      moved[k - 1] -= half;
      moved[k] += half;
    }
  }
  return moved.map((place, k) => Math.round(place - places[k]));
}

function bestMark(marks: Marks, bestEpoch: number, most: number): Markish[] {
  const isRight = bestEpoch > 0.7 * most;
  return [
    marks.ruleX([bestEpoch], { stroke: INK.soft, strokeDasharray: "2 4" }),
    marks.text([bestEpoch], {
      x: (epoch: number) => epoch,
      text: (epoch: number) => `best: epoch ${epoch}`,
      frameAnchor: "top",
      textAnchor: isRight ? "end" : "start",
      dx: isRight ? -5 : 5,
      lineAnchor: "bottom",
      dy: -3,
      fill: INK.soft,
    }),
  ];
}

/** The marks of an axis of epochs: whole epochs only, at most ten. */
export function epochTicks(most: number): number[] {
  const steps = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000];
  const step = steps.find((width) => most / width <= 9) ?? 10 ** Math.ceil(Math.log10(most / 9));
  const ticks = Array.from({ length: Math.floor(most / step) }, (_, index) => (index + 1) * step);
  return step === 1 ? ticks : [1, ...ticks];
}

/** A long history without most of its epochs; the first and the last one stay. */
export function thinned<Row>(history: readonly Row[]): readonly Row[] {
  return evenly(history, MOST_POINTS);
}

/** A value as charts draw it; NaN leaves a gap. */
export function drawable(value: number | null): number {
  if (!isNumber(value)) return NaN;
  return Math.abs(value) < SMALLEST ? 0 : Math.max(-LARGEST, Math.min(value, LARGEST));
}

function shortNumber(value: number): string {
  return Math.abs(value) >= 1000 ? value.toExponential(1) : value.toFixed(3);
}

function isNumber(value: number | null | undefined): value is number {
  return Number.isFinite(value);
}
