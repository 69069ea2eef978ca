/**
 * `results.png`: a run in one picture, for a slide or a message. It shows the curves, the
 * distribution of Dice, and some of the worst, middle and best cases.
 *
 * @module
 */
import { baseName } from "../../core/paths.ts";
import { plural } from "../../core/plural.ts";
import { RESEARCH_ONLY } from "../../core/version.ts";
import { type HeadFigure, headFigures } from "../../evaluate/head_figures.ts";
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
/** The height of the row of figures, if there is one. */
const FIGURES_HEIGHT = 78;
const CHART = (WIDTH - 2 * EDGE) / 3;
const CHARTS_HEIGHT = (CHART * CHART_SIZE.height) / CHART_SIZE.width;
const SPACE = 12;
/** The most that a picture is high. */
const MOST_HEIGHT = 190;
/** The number of cases of each group. */
const CASES = 2;
/** The headings of the first groups in the gallery. */
const GROUPS = ["The worst", "Around the median", "The best"];
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
  const top = TOP + (results ? FIGURES_HEIGHT : 0);
  let bottom = top + CHARTS_HEIGHT;
  if (results) {
    parts.push(...figureParts(headFigures(results.evaluation), TOP + 16));
    const { cases, overall: { per_case: { dice } } } = results.evaluation;
    const values = cases.flatMap((result) => result.dice === null ? [] : [result.dice]);
    charts.push(await diceHistogram(values, dice.mean.value, dice.median.value));
    parts.push(...legend(bottom + 22));
    const shown = results.gallery.slice(0, 3).flatMap(({ cases }, group) =>
      shownOf(cases.filter(({ picture }) => picture), GROUPS[group])
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
      placeChart(chart, { x: EDGE + k * CHART, y: top, width: CHART }),
    )
  );
  parts.push(text(RESEARCH_ONLY, EDGE, bottom + 22, { size: 12, fill: COLOURS.softInk }));
  return await renderPng(drawing(WIDTH, Math.ceil(bottom + 40), ...parts), ZOOM);
}

/** The first cases of a group; of those around the median the ones in the middle. */
function shownOf(cases: readonly GalleryCase[], title: string): readonly GalleryCase[] {
  const from = title === GROUPS[1] ? Math.floor(Math.max(0, cases.length - CASES) / 2) : 0;
  return cases.slice(from, from + CASES);
}

function headline({ epoch, best }: ReportData): string {
  return plural(epoch, "epoch") + (best ? `; best: epoch ${best.epoch}` : "");
}

/** The first figures side by side. */
function figureParts(figures: readonly HeadFigure[], y: number): string[] {
  const width = (WIDTH - 2 * EDGE) / figures.length;
  return figures.flatMap(({ name, value, detail, interval }, k) => {
    const x = EDGE + k * width;
    const small = (words: string, line: number) =>
      text(fitText(words, width - 12, 12), x, y + line, { size: 12, fill: COLOURS.softInk });
    return [
      small(name, 0),
      text(value, x, y + 22, { size: 20, weight: 600 }),
      small(detail, 38),
      small(interval, 53),
    ];
  });
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
