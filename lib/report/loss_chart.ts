/**
 * `loss.png`: the losses of a run by epoch, and below them the overlap on the validation images.
 *
 * @module
 */
import { placeChart } from "../pictures/plot.ts";
import { renderPng } from "../pictures/render.ts";
import { COLOURS, drawing, text } from "../pictures/svg.ts";
import { type EpochRecord, lossCurves, overlapCurves } from "./curves.ts";

export interface LossChartOptions {
  /** The best epoch, marked in both panels. */
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
  { bestEpoch, title = "Loss by epoch" }: LossChartOptions = {},
): Promise<string> {
  const best = history.find(({ epoch }) => epoch === bestEpoch);
  const at = { x: EDGE, y: TOP, width: PANEL_WIDTH, height: LOSS_HEIGHT };
  const panels = [placeChart(await lossCurves(history, best?.epoch, at), at)];
  let bottom = TOP + LOSS_HEIGHT;
  if (history.some(({ valDice }) => Number.isFinite(valDice))) {
    const below = { ...at, y: bottom, height: OVERLAP_HEIGHT };
    panels.push(placeChart(await overlapCurves(history, best?.epoch, below), below));
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

function bestWords({ epoch, valDice }: EpochRecord): string {
  const dice = Number.isFinite(valDice) ? `, Dice ${valDice!.toFixed(3)}` : "";
  return `best: epoch ${epoch}${dice}`;
}
