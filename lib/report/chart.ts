/**
 * The picture of a training run: its losses by epoch, and below them the Dice of the images that
 * choose the best epoch.
 *
 * Curves carry their names at their ends. Epochs without a finite value (a diverged loss, a test set
 * without a lesion) leave a gap.
 *
 * @module
 */
import { renderPng } from "../pictures/render.ts";
import { COLOURS, drawing, element, text, tidy } from "../pictures/svg.ts";
import { type JudgeName } from "./curves.ts";
import { niceTicks, tickLabel, type Ticks } from "./ticks.ts";

/** What is drawn of one epoch. */
export interface EpochRecord {
  /** From 1, ascending. */
  readonly epoch: number;
  readonly trainLoss: number;
  readonly testLoss: number;
  /** From 0 to 1; NaN where no test image has a lesion. */
  readonly testDice: number;
}

export interface LossChartOptions {
  /** Marked in both panels. */
  readonly bestEpoch?: number;
  /** The images that `testLoss` and `testDice` are of; `test` unless given. */
  readonly judge?: JudgeName;
  readonly title?: string;
}

/** A curve of a panel. */
interface Curve {
  readonly name: string;
  readonly colour: string;
  readonly dashes?: string;
  readonly value: (record: EpochRecord) => number;
}

/** The place of a panel and how its values map to it. */
interface Panel {
  readonly top: number;
  readonly height: number;
  readonly low: number;
  readonly high: number;
  readonly ticks: Ticks;
  readonly label: string;
  readonly curves: readonly Curve[];
}

const WIDTH = 860;
const LEFT = 74;
const RIGHT = 128;
const TOP = 62;
const LOSS_HEIGHT = 300;
const DICE_HEIGHT = 120;
const GAP = 44;
const BOTTOM = 58;
/** Up to this many epochs, each has a dot, and the test curve is dashed. */
const MOST_DOTS = 60;

const JUDGES: Readonly<Record<JudgeName, string>> = { test: "Test", validation: "Validation" };

function lossCurves(judge: JudgeName): Curve[] {
  const { blue, vermilion } = COLOURS;
  return [
    { name: "Training", colour: blue, value: (record) => record.trainLoss },
    { name: JUDGES[judge], colour: vermilion, value: (record) => record.testLoss, dashes: "7 4" },
  ];
}

function diceCurves(judge: JudgeName): Curve[] {
  const name = `${JUDGES[judge]} Dice`;
  return [{ name, colour: COLOURS.green, value: (record) => record.testDice }];
}

/** Draws the losses (and the Dice, where there is any) of a run as SVG. */
export function lossChart(
  history: readonly EpochRecord[],
  { bestEpoch, judge = "test", title = "Loss by epoch" }: LossChartOptions = {},
): string {
  const panels = [lossPanel(history, judge)];
  if (history.some((record) => Number.isFinite(record.testDice))) panels.push(dicePanel(judge));
  const last = panels[panels.length - 1];
  const bottom = last.top + last.height;
  const best = history.find((record) => record.epoch === bestEpoch);

  const [first, end] = epochRange(history);
  const x = (epoch: number) => LEFT + ((epoch - first) / (end - first)) * (WIDTH - LEFT - RIGHT);
  return drawing(
    WIDTH,
    bottom + BOTTOM,
    text(title, LEFT, 34, { size: 18, weight: 600 }),
    ...epochAxis(first, end, x, bottom),
    ...panels.flatMap((panel) => frame(panel)),
    ...(best ? bestMark(best, x(best.epoch), bottom) : []),
    ...panels.flatMap((panel) => curves(panel, history, x, best)),
  );
}

/** The chart as the bytes of a PNG file, at twice the SVG's size. */
export function lossChartPng(
  history: readonly EpochRecord[],
  options: LossChartOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  return renderPng(lossChart(history, options), 2);
}

function lossPanel(history: readonly EpochRecord[], judge: JudgeName): Panel {
  const values = history.flatMap((record) => [record.trainLoss, record.testLoss])
    .filter(Number.isFinite);
  const [low, high] = valueRange(values);
  return {
    top: TOP,
    height: LOSS_HEIGHT,
    low,
    high,
    ticks: niceTicks(low, high, 7),
    label: "Loss (BCE + Dice loss)",
    curves: lossCurves(judge),
  };
}

function dicePanel(judge: JudgeName): Panel {
  return {
    top: TOP + LOSS_HEIGHT + GAP,
    height: DICE_HEIGHT,
    low: 0,
    high: 1,
    ticks: niceTicks(0, 1, 3),
    label: "Dice",
    curves: diceCurves(judge),
  };
}

/** From 0 unless that would leave most of the panel empty; to a little above the greatest value. */
function valueRange(values: readonly number[]): [number, number] {
  if (values.length === 0) return [0, 1];
  let low = values.reduce((a, b) => Math.min(a, b));
  let high = values.reduce((a, b) => Math.max(a, b));
  const fromZero = low >= 0 && (low < 0.8 * high || values.length <= 2);
  if (fromZero) low = 0;
  // Equal values need some room too.
  const room = Math.max(0.06 * (high - low), 1e-6 * Math.abs(high), 1e-6);
  if (!fromZero) low -= room;
  high += room;
  return low < high && Number.isFinite(high - low) ? [low, high] : [0, 1];
}

function epochRange(history: readonly EpochRecord[]): [number, number] {
  if (history.length === 0) return [0.5, 1.5];
  const first = history[0].epoch;
  const last = history[history.length - 1].epoch;
  return first === last ? [first - 0.5, last + 0.5] : [first, last];
}

function place(panel: Panel, value: number): number {
  return panel.top + panel.height * (1 - (value - panel.low) / (panel.high - panel.low));
}

function line(x1: number, y1: number, x2: number, y2: number, stroke: string, dashes?: string) {
  return element("line", { x1, y1, x2, y2, stroke, "stroke-dasharray": dashes });
}

function frame(panel: Panel): string[] {
  const { top, height, ticks, label } = panel;
  const marks = ticks.values.flatMap((value) => {
    const y = place(panel, value);
    return [
      line(LEFT, y, WIDTH - RIGHT, y, COLOURS.grid),
      text(tickLabel(value, ticks), LEFT - 10, y + 4.5, { anchor: "end", fill: COLOURS.softInk }),
    ];
  });
  return [
    ...marks,
    line(LEFT, top + height, WIDTH - RIGHT, top + height, COLOURS.axis),
    text(label, 22, top + height / 2, { anchor: "middle", turn: -90, fill: COLOURS.softInk }),
  ];
}

function epochAxis(
  first: number,
  last: number,
  x: (epoch: number) => number,
  bottom: number,
): string[] {
  const ticks = niceTicks(first, last, 10, true);
  // The first epoch is worth a label where the round numbers leave room for it.
  const values = [...ticks.values];
  if (Number.isInteger(first) && values[0] - first >= 0.5 * ticks.step) values.unshift(first);
  return [
    ...values.flatMap((epoch) => [
      line(x(epoch), TOP, x(epoch), bottom, COLOURS.grid),
      text(tickLabel(epoch, ticks), x(epoch), bottom + 20, {
        anchor: "middle",
        fill: COLOURS.softInk,
      }),
    ]),
    text("Epoch", (LEFT + WIDTH - RIGHT) / 2, bottom + 44, {
      anchor: "middle",
      fill: COLOURS.softInk,
    }),
  ];
}

function bestMark(best: EpochRecord, x: number, bottom: number): string[] {
  const dice = Number.isFinite(best.testDice) ? `, Dice ${best.testDice.toFixed(3)}` : "";
  const anchor = x > WIDTH - RIGHT - 110 ? "end" : x < LEFT + 110 ? "start" : "middle";
  return [
    line(x, TOP - 6, x, bottom, COLOURS.softInk, "2 4"),
    text(`best: epoch ${best.epoch}${dice}`, x, TOP - 11, {
      size: 12,
      anchor,
      fill: COLOURS.softInk,
    }),
  ];
}

function curves(
  panel: Panel,
  history: readonly EpochRecord[],
  x: (epoch: number) => number,
  best: EpochRecord | undefined,
): string[] {
  const parts: string[] = [];
  const labels: { name: string; colour: string; y: number }[] = [];
  for (const { name, colour, dashes, value } of panel.curves) {
    const points = history.filter((record) => Number.isFinite(value(record)));
    if (points.length === 0) continue;
    const y = (record: EpochRecord) => place(panel, value(record));
    parts.push(element("path", {
      d: pathOf(history, value, x, y),
      fill: "none",
      stroke: colour,
      "stroke-width": 2.2,
      "stroke-linejoin": "round",
      "stroke-linecap": "round",
      "stroke-dasharray": history.length <= MOST_DOTS ? dashes : undefined,
    }));
    const isAlone = (record: EpochRecord) => {
      const at = history.indexOf(record);
      const isGap = (next?: EpochRecord) => next === undefined || !Number.isFinite(value(next));
      return isGap(history[at - 1]) && isGap(history[at + 1]);
    };
    const dots = history.length <= MOST_DOTS ? points : points.filter(isAlone);
    for (const record of dots) {
      parts.push(element("circle", { cx: x(record.epoch), cy: y(record), r: 2.6, fill: colour }));
    }
    if (best && points.includes(best) && name !== "Training") {
      parts.push(element("circle", {
        cx: x(best.epoch),
        cy: y(best),
        r: 5.5,
        fill: COLOURS.paper,
        stroke: colour,
        "stroke-width": 2.2,
      }));
    }
    const end = points[points.length - 1];
    labels.push({ name: `${name} ${shortNumber(value(end))}`, colour, y: y(end) });
  }
  for (const { name, colour, y } of spread(labels)) {
    parts.push(text(name, WIDTH - RIGHT + 10, y + 4.5, { weight: 600, fill: colour }));
  }
  return parts;
}

function pathOf(
  history: readonly EpochRecord[],
  value: (record: EpochRecord) => number,
  x: (epoch: number) => number,
  y: (record: EpochRecord) => number,
): string {
  let isDown = false;
  return history.map((record) => {
    if (!Number.isFinite(value(record))) {
      isDown = false;
      return "";
    }
    const command = isDown ? "L" : "M";
    isDown = true;
    return `${command}${tidy(x(record.epoch))} ${tidy(y(record))}`;
  }).join("");
}

/** Moves labels apart so that none covers another, as little as possible for two of them. */
function spread<Label extends { readonly y: number }>(labels: readonly Label[]): Label[] {
  const room = 17;
  const sorted = [...labels].sort((a, b) => a.y - b.y);
  for (let k = 1; k < sorted.length; k++) {
    const overlap = sorted[k - 1].y + room - sorted[k].y;
    if (overlap <= 0) continue;
    sorted[k - 1] = { ...sorted[k - 1], y: sorted[k - 1].y - overlap / 2 };
    sorted[k] = { ...sorted[k], y: sorted[k].y + overlap / 2 };
  }
  return sorted;
}

function shortNumber(value: number): string {
  return Math.abs(value) >= 1000 ? value.toExponential(1) : value.toFixed(3);
}
