/**
 * The section of the report on training.
 *
 * @module
 */
import {
  type EpochTiming,
  learningRateCurve,
  lossCurves,
  overlapCurves,
  timeBars,
} from "../curves.ts";
import { median } from "../../core/statistics.ts";
import { type Html, html, raw } from "../../page/html.ts";
import { twoColumns } from "../../page/values.ts";
import type { ReportData } from "./report_data.ts";
import { figure } from "./tables.ts";

/** Renders curves and timings. */
export async function trainingSection(
  { history, best, timings }: ReportData,
): Promise<Html> {
  // A constant rate is a line of text in the settings.
  const rates = new Set(history.map(({ learningRate }) => learningRate));
  const figures = history.length === 0 ? html`<p>No epoch is finished yet.</p>` : html`
    <div class="plots">
    ${figure(
      raw(await lossCurves(history, best?.epoch)),
      "Binary cross-entropy plus Dice loss, means over the batches.",
    )}
    ${figure(
      raw(await overlapCurves(history, best?.epoch)),
      `Means over the validation images with a lesion at the network's size; a missed lesion counts 0.`,
    )}
    ${rates.size > 1 && figure(raw(await learningRateCurve(history)), "The learning rate.")}
    ${timings.length > 0 &&
      figure(
        raw(await timeBars(timings)),
        "Time per epoch: the training steps, and on top of them evaluation and saving.",
      )}
    </div>
  `;
  return html`
    ${figures}
    ${timings.length > 0 && html`<h3>Timings</h3>${twoColumns(timingRows(timings))}`}
  `;
}

function timingRows(timings: readonly EpochTiming[]): [string, string][] {
  const sum = (of: (row: EpochTiming) => number) =>
    timings.reduce((total, row) => total + of(row), 0);
  const train = sum(({ trainSeconds }) => trainSeconds);
  const evaluation = sum(({ valSeconds }) => valSeconds);
  const speed = median(timings.map(({ imagesPerSecond }) => imagesPerSecond));
  const slow = timings.reduce((a, b) => b.trainSeconds > a.trainSeconds ? b : a);
  return [
    ["epochs timed", String(timings.length)],
    ["training steps", seconds(train)],
    ["evaluation and saving", seconds(evaluation)],
    ["per epoch, mean", seconds((train + evaluation) / timings.length)],
    ["images per second, median", speed.toPrecision(3)],
    ["longest training pass", `${seconds(slow.trainSeconds)} (epoch ${slow.epoch})`],
  ];
}

function seconds(value: number): string {
  if (value < 100) return `${value.toPrecision(3)} s`;
  const minutes = Math.round(value / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
