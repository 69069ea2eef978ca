/**
 * `loss.png`: the losses of a run by epoch, and below them the overlap on the images that choose
 * the best epoch.
 *
 * @module
 */
import { placeChart } from "../pictures/plot.ts";
import { renderPng } from "../pictures/render.ts";
import { COLOURS, drawing, text } from "../pictures/svg.ts";
import { type EpochRecord, type JudgeName, lossCurves, overlapCurves } from "./curves.ts";

export interface LossChartOptions {
  /** The part that chooses the best epoch; "test" where nothing is said. */
  readonly judge?: JudgeName | undefined;
  /** Marked in both panels. */
  readonly bestEpoch?: number | undefined;
  readonly title?: string | undefined;
}

const WIDTH = 860;
const EDGE = 24;
const TOP = 68;
const PANEL_WIDTH = WIDTH - 2 * EDGE;
const LOSS_HEIGHT = 320;
const OVERLAP_HEIGHT = 190;

/** Draws the losses of a run (and Dice and IoU, where an epoch has them) as SVG. */
export async function lossChart(
  history: readonly EpochRecord[],
  { judge = "test", bestEpoch, title = "Loss by epoch" }: LossChartOptions = {},
): Promise<string> {
  const best = history.find(({ epoch }) => epoch === bestEpoch);
  const at = { x: EDGE, y: TOP, width: PANEL_WIDTH, height: LOSS_HEIGHT };
  const panels = [placeChart(await lossCurves(history, judge, best?.epoch, at), at)];
  let bottom = TOP + LOSS_HEIGHT;
  if (history.some(({ testDice }) => Number.isFinite(testDice))) {
    const below = { ...at, y: bottom, height: OVERLAP_HEIGHT };
    panels.push(placeChart(await overlapCurves(history, judge, best?.epoch, below), below));
    bottom += OVERLAP_HEIGHT;
  }
  return drawing(
    WIDTH,
    bottom + EDGE,
    text(title, EDGE, 34, { size: 18, weight: 600 }),
    ...(best ? [text(bestWords(best), EDGE, 56, { fill: COLOURS.softInk })] : []),
    ...panels,
  );
}

/** The chart as the bytes of a PNG file, at twice the SVG's size. */
export async function lossChartPng(
  history: readonly EpochRecord[],
  options: LossChartOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  return renderPng(await lossChart(history, options), 2);
}

function bestWords({ epoch, testDice }: EpochRecord): string {
  const dice = Number.isFinite(testDice) ? `, Dice ${testDice!.toFixed(3)}` : "";
  return `best: epoch ${epoch}${dice}`;
}
