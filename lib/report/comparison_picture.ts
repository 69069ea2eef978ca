/**
 * `compare.png`: what can be told apart, the curves of the runs, and the differences of their
 * models.
 *
 * @module
 */
import { RESEARCH_ONLY } from "../core/version.ts";
import type { ComparedPair } from "../evaluate/told_apart.ts";
import { renderPng } from "../pictures/render.ts";
import { COLOURS, drawing, fitText, text } from "../pictures/svg.ts";
import { differenceChart } from "./difference_chart.ts";
import { type RunCurves, runCurves } from "./run_curves.ts";

/** The content of the picture. */
export interface PicturedComparison {
  readonly runs: readonly RunCurves[];
  /** What can be told apart, and what forbids a comparison, in sentences. */
  readonly sentences: readonly string[];
  /** The first run's model minus others. */
  readonly differences: readonly ComparedPair[];
}

const WIDTH = 860;
const MARGIN = 24;
const COLUMN = { x: MARGIN, width: WIDTH - 2 * MARGIN };
const SENTENCE = { size: 12.5, fill: COLOURS.softInk };
const SENTENCE_LINE = 18;
/** Longer sentences are cut; the terminal and `compare.json` have the whole of them. */
const MOST_LINES = 8;

/** Draws the comparison as SVG. */
export async function comparisonPicture(
  { runs, sentences, differences }: PicturedComparison,
): Promise<string> {
  const title = runs.map(({ name }) => name).join(", ");
  const lines = sentences.flatMap((sentence) => wrapped(sentence, COLUMN.width, SENTENCE.size));
  const shown = lines.length <= MOST_LINES ? lines : [...lines.slice(0, MOST_LINES - 1), "…"];
  const top = 56 + shown.length * SENTENCE_LINE;
  const curves = await runCurves(runs, { ...COLUMN, y: top });
  let bottom = top + curves.height;
  const parts = [curves.svg];
  if (differences.length > 0) {
    const heading = `Differences: ${differences[0].first} minus ${
      differences.length === 1 ? differences[0].second : "each other run"
    }, image by image`;
    const key = "with 95 % intervals; a filled dot is beyond chance, a hollow one may be chance";
    const pairs = differences.map((pair) => ({
      ...pair,
      run: runs.findIndex(({ name }) => name === pair.second),
    }));
    const chart = differenceChart(pairs, { ...COLUMN, y: bottom + 56 });
    parts.push(
      text(fitText(heading, COLUMN.width, 16), MARGIN, bottom + 26, { size: 16, weight: 600 }),
      text(key, MARGIN, bottom + 46, SENTENCE),
      chart.svg,
    );
    bottom += 56 + chart.height;
  }
  return drawing(
    WIDTH,
    bottom + 2 * MARGIN,
    text(fitText(title, COLUMN.width, 18), MARGIN, 34, { size: 18, weight: 600 }),
    ...shown.map((line, k) => text(line, MARGIN, 56 + k * SENTENCE_LINE, SENTENCE)),
    ...parts,
    text(RESEARCH_ONLY, MARGIN, bottom + MARGIN, { size: 12, fill: COLOURS.softInk }),
  );
}

/** The picture as the bytes of a PNG file, at twice the SVG's size. */
export async function comparisonPng(
  comparison: PicturedComparison,
): Promise<Uint8Array<ArrayBuffer>> {
  return renderPng(await comparisonPicture(comparison), 2);
}

/** Breaks a sentence into lines of at most `width` px. */
function wrapped(sentence: string, width: number, size: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of sentence.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && fitText(longer, width, size) !== longer) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, fitText(line, width, size)];
}
