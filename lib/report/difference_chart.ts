/**
 * Differences between models with their intervals around 0: a row for each measure, in it a line
 * for each pair. A filled dot is beyond chance, a hollow one may be chance. Measures of one unit
 * and one direction share an axis, with 0 in its middle.
 *
 * @module
 */
import { COMPARED } from "../evaluate/difference.ts";
import { isBeyondChance } from "../evaluate/holm.ts";
import type { Difference } from "../evaluate/results.ts";
import { withWidth } from "../evaluate/spread.ts";
import type { ComparedPair } from "../evaluate/told_apart.ts";
import type { Frame } from "../pictures/picture.ts";
import { COLOURS, element, fitText, text } from "../pictures/svg.ts";
import { type Drawn, legendLine, niceTop, styleOf } from "./run_curves.ts";

/** A pair and the number of its second run, which has the style of its lines. */
export interface DrawnPair extends ComparedPair {
  readonly run: number;
}

/** Measures that share an axis. */
interface Section {
  readonly title: string;
  readonly higherIsBetter: boolean;
  readonly measures: readonly string[];
}

const TITLES = {
  share: "Shares",
  px: "Distances in px",
  count: "Numbers",
} as const;

const LINE = 19;
const ROW_GAP = 8;
const HEAD = 46;
const AXIS = 28;
/** The columns of names and of numbers. */
const NAMES = 256;
const NUMBERS = 184;

/** Draws the differences into a column. */
export function differenceChart(
  pairs: readonly DrawnPair[],
  { x, y, width }: Omit<Frame, "height">,
): Drawn {
  const legend = pairs.length === 1 ? { svg: "", height: 0 } : pairLegend(pairs, x, y);
  const drawn = [legend.svg];
  let bottom = y + legend.height;
  for (const section of sectionsOf(pairs)) {
    const { svg, height } = drawSection(section, pairs, { x, y: bottom, width });
    drawn.push(svg);
    bottom += height;
  }
  return { svg: drawn.join(""), height: bottom - y };
}

/** The second run of each pair, two in a line. */
function pairLegend(pairs: readonly DrawnPair[], x: number, y: number): Drawn {
  const entries = pairs.map(({ second, run }, k) => {
    const [left, line] = [x + (k % 2) * 406, y + Math.floor(k / 2) * LINE + 8];
    const words = fitText(`minus ${second}`, 340, 13);
    return legendLine(run, left, line) + text(words, left + 42, line + 4.5);
  });
  return { svg: entries.join(""), height: Math.ceil(pairs.length / 2) * LINE + 8 };
}

/** The measures that some pair has, by unit and direction. */
function sectionsOf(pairs: readonly DrawnPair[]): Section[] {
  const measured = [...COMPARED].filter(([measure]) =>
    pairs.some((pair) => differenceOf(pair, measure) !== undefined)
  );
  const groups = Map.groupBy(
    measured,
    ([, { unit, higherIsBetter }]) =>
      `${TITLES[unit]}; ${higherIsBetter ? "higher" : "lower"} is better`,
  );
  return [...groups].map(([title, found]) => ({
    title,
    higherIsBetter: found[0][1].higherIsBetter,
    measures: found.map(([measure]) => measure),
  }));
}

function differenceOf({ differences }: DrawnPair, measure: string): Difference | undefined {
  return differences.find((found) => found.measure === measure && found.difference.value !== null);
}

function drawSection(
  { title, higherIsBetter, measures }: Section,
  pairs: readonly DrawnPair[],
  { x, y, width }: Omit<Frame, "height">,
): Drawn {
  const plot = { x: x + NAMES, width: width - NAMES - NUMBERS };
  const all = measures.flatMap((measure) =>
    pairs.flatMap((pair) => differenceOf(pair, measure)?.difference ?? [])
  );
  const top = niceTop(
    all.flatMap(({ value, low, high }) => [value!, low ?? 0, high ?? 0].map(Math.abs)),
  );
  const placeOf = (value: number) => plot.x + plot.width * (0.5 + 0.5 * value / top);
  const rowHeight = pairs.length * LINE + ROW_GAP;
  const [from, to] = [y + HEAD, y + HEAD + measures.length * rowHeight];
  const first = pairs[0].first;
  const others = pairs.length === 1 ? pairs[0].second : "the other";
  const [left, right] = higherIsBetter ? [others, first] : [first, others];
  const side = (name: string) => `${fitText(name, plot.width / 2 - 80, 12)} better`;
  const rows = measures.map((measure, row) => {
    const rowTop = from + row * rowHeight;
    const name = fitText(COMPARED.get(measure)!.name, NAMES - 12, 12.5);
    return [
      text(name, x, rowTop + (rowHeight - ROW_GAP) / 2 + 4.5, { size: 12.5 }),
      ...pairs.map((pair, k) => {
        const found = differenceOf(pair, measure);
        const middle = rowTop + (k + 0.5) * LINE;
        if (found === undefined) return "";
        const style = styleOf(pair.run);
        // A single pair needs no dashes to be known by.
        const own = pairs.length === 1 ? { stroke: style.stroke } : style;
        return drawDifference(found, own, placeOf, middle, x + width);
      }),
    ].join("");
  });
  return {
    svg: [
      text(title, x, y + 20, { weight: 600 }),
      text(`← ${side(left)}`, placeOf(0) - 10, y + HEAD - 8, { ...SIDE, anchor: "end" }),
      text(`${side(right)} →`, placeOf(0) + 10, y + HEAD - 8, SIDE),
      ...axis(top, placeOf, from, to),
      ...rows,
    ].join(""),
    height: HEAD + measures.length * rowHeight + AXIS,
  };
}

const SIDE = { size: 12, fill: COLOURS.softInk } as const;

/** Grid lines with their values, and the line of no difference. */
function axis(
  top: number,
  placeOf: (value: number) => number,
  from: number,
  to: number,
): string[] {
  return [-1, -0.5, 0, 0.5, 1].flatMap((share) => {
    const place = placeOf(share * top);
    const line = { x1: place, x2: place, y1: from - 2, y2: to };
    const value = Number((share * top).toPrecision(3));
    return [
      share === 0
        ? element("line", { ...line, stroke: COLOURS.ink, "stroke-width": 1.4 })
        : element("line", { ...line, stroke: COLOURS.grid, "stroke-width": 1 }),
      text(`${value > 0 ? "+" : ""}${value}`, place, to + 15, { ...SIDE, anchor: "middle" }),
    ];
  });
}

function drawDifference(
  found: Difference,
  { stroke, strokeDasharray }: ReturnType<typeof styleOf>,
  placeOf: (value: number) => number,
  y: number,
  end: number,
): string {
  const { value, low, high } = withWidth(found.difference);
  const beyond = isBeyondChance(found);
  const bar = low === null || high === null ? "" : [
    { x1: placeOf(low), x2: placeOf(high), y1: y, y2: y, "stroke-dasharray": strokeDasharray },
    ...[low, high].map((bound) => ({
      x1: placeOf(bound),
      x2: placeOf(bound),
      y1: y - 4,
      y2: y + 4,
    })),
  ].map((line) => element("line", { ...line, stroke, "stroke-width": 2.2 })).join("");
  const dot = element("circle", {
    cx: placeOf(value!),
    cy: y,
    r: 5,
    fill: beyond ? stroke : COLOURS.paper,
    stroke,
    "stroke-width": 2.2,
  });
  const { decimals } = COMPARED.get(found.measure)!;
  const signed = (figure: number) => `${figure > 0 ? "+" : ""}${figure.toFixed(decimals)}`;
  const bounds = bar === "" ? "" : ` [${signed(low!)}, ${signed(high!)}]`;
  return bar + dot +
    text(`${signed(value!)}${bounds}`, end, y + 4.5, {
      size: 12,
      anchor: "end",
      weight: beyond ? 600 : 400,
    });
}
