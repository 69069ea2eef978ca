/**
 * The chart of a learning-rate range test: the loss over the rate.
 *
 * @module
 */
import { drawChart, INK, placeChart } from "../pictures/plot.ts";
import { COLOURS, drawing, text } from "../pictures/svg.ts";
import type { RateSuggestion, TriedRate } from "../train/tried_rates.ts";

const WIDTH = 720;
const HEIGHT = 400;
const EDGE = 24;
const TOP = 68;

/** Draws the loss of each step, its moving average and the suggested rate, as SVG. */
export async function rateChart(
  tried: readonly TriedRate[],
  suggestion: RateSuggestion | undefined,
): Promise<string> {
  const size = { width: WIDTH - 2 * EDGE, height: HEIGHT - TOP - EDGE };
  const chart = await drawChart("Loss by learning rate", (marks) => ({
    ...size,
    marginLeft: 52,
    x: { type: "log", label: "Learning rate", tickFormat: "~e", ticks: 6 },
    y: { label: "Loss", grid: true, nice: true, ticks: 5 },
    marks: [
      ...(suggestion === undefined
        ? []
        : [marks.ruleX([suggestion.rate], { stroke: INK.green, strokeDasharray: "5 3" })]),
      marks.dot(tried, { x: "rate", y: "loss", r: 1.5, fill: INK.soft }),
      marks.line(tried, { x: "rate", y: "smoothed", stroke: INK.blue, strokeWidth: 2 }),
    ],
  }));
  const words = suggestion === undefined
    ? "the loss never fell: no suggestion"
    : `suggested: ${suggestion.rate}, a tenth of the rate at nine tenths of the fall`;
  return drawing(
    WIDTH,
    HEIGHT,
    text("Loss by learning rate", EDGE, 34, { size: 18, weight: 600 }),
    text(`dots: each step; line: moving average; ${words}`, EDGE, 56, { fill: COLOURS.softInk }),
    placeChart(chart, { x: EDGE, y: TOP, width: size.width }),
  );
}
