/**
 * `results.png`: a run in one picture, for a slide or a message. It shows the curves, the
 * distribution of Dice, and some of the worst, middle and best cases.
 *
 * @module
 */
import { baseName } from "../../core/paths.ts";
import { RESEARCH_ONLY } from "../../core/version.ts";
import { lineSwatch, pathLines } from "../../pictures/lines.ts";
import type { Frame } from "../../pictures/picture.ts";
import { CHART_SIZE, placeChart } from "../../pictures/plot.ts";
import { renderPng } from "../../pictures/render.ts";
import { COLOURS, drawing, element, fitText, text } from "../../pictures/svg.ts";
import { diceHistogram } from "../case_charts.ts";
import { lossCurves, overlapCurves } from "../curves.ts";
import type { GalleryCase, ReportData } from "./report_data.ts";

const WIDTH = 1200;
const EDGE = 28;
const TOP = 84;
const CHART = (WIDTH - 2 * EDGE) / 3;
const CHARTS_HEIGHT = (CHART * CHART_SIZE.height) / CHART_SIZE.width;
const SPACE = 12;
/** The most that a picture is high. */
const MOST_HEIGHT = 190;
/** The number of cases of each group. */
const CASES = 2;
/** The headings of the first groups in the gallery. */
const GROUPS = ["Among the worst", "Around the median", "Among the best"];
const ZOOM = 1.5;

/** Draws the picture. Returns the bytes of a PNG file. */
export async function resultsPicture(data: ReportData): Promise<Uint8Array<ArrayBuffer>> {
  const { history, best, results, run } = data;
  const charts = [
    await lossCurves(history, best?.epoch),
    await overlapCurves(history, best?.epoch),
  ];
  const parts = [
    text(fitText(run, WIDTH - 2 * EDGE, 24), EDGE, 46, { size: 24, weight: 600 }),
    text(headline(data), EDGE, 70, { size: 14, fill: COLOURS.softInk }),
  ];
  let bottom = TOP + CHARTS_HEIGHT;
  if (results) {
    const { cases, overall: { per_case: { dice } } } = results.evaluation;
    const values = cases.flatMap((result) => result.dice === null ? [] : [result.dice]);
    charts.push(await diceHistogram(values, dice.mean.value, dice.median.value));
    parts.push(...legend(bottom + 22));
    const shown = results.gallery.slice(0, 3).flatMap(({ cases }, group) =>
      cases.filter(({ picture }) => picture).slice(0, CASES)
        .map((item, k) => ({ item, heading: k === 0 ? GROUPS[group] : "" }))
    );
    // All pictures of the row have one height, and six fill the width.
    const proportions = shown.map(({ item: { picture } }) => picture!.width / picture!.height);
    const room = WIDTH - 2 * EDGE - SPACE * (shown.length - 1);
    const wide = proportions.reduce((sum, one) => sum + one, 0);
    const height = Math.min(MOST_HEIGHT, room / wide);
    let x = EDGE;
    shown.forEach(({ item, heading }, k) => {
      const frame = { x, y: bottom + 62, width: height * proportions[k], height };
      parts.push(text(heading, x, bottom + 52, { size: 13, weight: 600 }));
      parts.push(...caseParts(item, frame));
      x += frame.width + SPACE;
    });
    bottom += shown.length === 0 ? 62 : 62 + height + 34;
  }
  charts.forEach((chart, k) =>
    parts.push(
      placeChart(chart, { x: EDGE + k * CHART, y: TOP, width: CHART }),
    )
  );
  parts.push(text(RESEARCH_ONLY, EDGE, bottom + 22, { size: 12, fill: COLOURS.softInk }));
  return await renderPng(drawing(WIDTH, Math.ceil(bottom + 40), ...parts), ZOOM);
}

function headline({ epoch, best, results }: ReportData): string {
  const words = [`${epoch} ${epoch === 1 ? "epoch" : "epochs"}`];
  if (best) words.push(`best: epoch ${best.epoch}`);
  if (results) {
    const { overall, lesion_free } = results.evaluation;
    const { value, low, high } = overall.per_case.dice.mean;
    const interval = low === null || high === null
      ? ""
      : ` (95 %: ${low.toFixed(3)} to ${high.toFixed(3)})`;
    if (value !== null) {
      words.push(
        `mean Dice ${value.toFixed(3)}${interval} over ${overall.cases} images with a lesion`,
      );
    }
    words.push(`nothing found in ${overall.nothing_predicted}`);
    words.push(
      `false alarms in ${lesion_free.false_alarms} of ${lesion_free.cases} lesion-free images`,
    );
  }
  return words.join("; ");
}

function caseParts({ name, figures, picture }: GalleryCase, frame: Frame): string[] {
  const { width, height, png, truth, predicted } = picture!;
  const { x, y } = frame;
  const scale = frame.height / height;
  const [first] = figures.split(", ");
  const below = y + frame.height;
  return [
    element(
      "g",
      { transform: `translate(${x} ${y}) scale(${scale})` },
      element("image", { href: `data:image/png;base64,${png}`, width, height }),
      ...pathLines({ truth, predicted }, scale),
    ),
    text(fitText(baseName(name), frame.width, 12), x, below + 16, { size: 12 }),
    text(fitText(first, frame.width, 12), x, below + 31, { size: 12, fill: COLOURS.softInk }),
  ];
}

function legend(y: number): string[] {
  return ([["predicted", "predicted"], ["truth", "true"]] as const).flatMap(([kind, word], k) => [
    ...lineSwatch(kind, EDGE + 110 * k, y - 11),
    text(word, EDGE + 110 * k + 33, y, { size: 13, fill: COLOURS.softInk }),
  ]);
}
