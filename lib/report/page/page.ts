/**
 * Renders the report of a run as one HTML file. A pure function of {@linkcode ReportData}.
 *
 * @module
 */
import { RESEARCH_ONLY } from "../../core/version.ts";
import { judgementOf } from "../overfitting.ts";
import { pageHead } from "./head.ts";
import { pageText } from "../../page/document.ts";
import { type Html, html } from "../../page/html.ts";
import { nextSection } from "./next.ts";
import pictures from "./pictures.css" with { type: "text" };
import { augmentedSection, gallerySection, stripSection } from "./pictures.ts";
import print from "./print.css" with { type: "text" };
import type { ReportData, ReportTable } from "./report_data.ts";
import { resultsSection } from "./results.ts";
import report from "./report.css" with { type: "text" };
import script from "./script.js" with { type: "text" };
import { table } from "./tables.ts";
import { type Section, section } from "../../page/section.ts";
import { twoColumns } from "../../page/values.ts";
import { tilesOf } from "./tiles.ts";
import { trainingSection } from "./training.ts";
import { splitOff, worstSection } from "./worst.ts";

/** The time after which a page of a run in training loads itself again, in seconds. */
const REFRESH_SECONDS = 30;

/** The text of `report.html`. */
export async function reportPage(data: ReportData): Promise<string> {
  const sections = await sectionsOf(data);
  const body = html`
    ${pageHead(data, sections)}
    <main>
    ${sections.map(section)}
    </main>
    <footer>
      <p>${RESEARCH_ONLY} Written by Sonoseg ${data
        .version}; this file needs no network and no other file.</p>
    </footer>
  `;
  return await pageText({
    title: `${data.run} - Sonoseg report`,
    style: pictures + report + print,
    script,
    body,
    ...(data.state === "training" && { refresh: REFRESH_SECONDS }),
  });
}

/** The sections that this report has, in their order. */
async function sectionsOf(data: ReportData): Promise<Section[]> {
  const { results, next = [], augmented, strip } = data;
  const { worst, rest } = splitOff(results?.gallery ?? []);
  const some = rest.some(({ cases }) => cases.length > 0);
  const sections: (readonly [id: string, title: string, content: Html | false | undefined])[] = [
    ["summary", "At a glance", summary(data)],
    ["next", "What next", next.length > 0 && nextSection(next)],
    ["worst", "Worst cases", (worst.length > 0 || some) && worstSection(worst)],
    ["results", "Results", results && await resultsSection(results.evaluation, results.source)],
    ["training", "Training", await trainingSection(data)],
    ["cases", "Cases", some && gallerySection(rest)],
    ["strip", "Through the epochs", strip && stripSection(strip)],
    ["augmented", "Augmented images", augmented && augmentedSection(augmented)],
    ["data", "Data", dataSection(data)],
    ["settings", "Configuration and manifest", settingsSection(data)],
  ];
  return sections.flatMap(([id, title, content]) => content ? [{ id, title, content }] : []);
}

/** The first screen: progress, quality, and an assessment. */
function summary(
  { state, epoch, epochs, early, best, keepsLast, parts, history, results, noResults }: ReportData,
): Html {
  const states = {
    training:
      `Training goes on: ${epoch} of ${epochs} epochs. The page shows newer figures by itself.`,
    stopped: `Stopped after ${epoch} of ${epochs} epochs; the run can go on.`,
    finished: early === undefined
      ? `Finished after ${epoch} ${epoch === 1 ? "epoch" : "epochs"}.`
      : `The run ${early}.`,
  };
  const chosen = best === undefined
    ? "No epoch is finished yet."
    : keepsLast
    ? "The model of the last epoch is the one to use. The validation images did not select it; they " +
      `would have selected epoch ${best.epoch}.`
    : `The best model is that of epoch ${best.epoch}. The validation images selected it` +
      (parts.some(({ name }) => name === "test")
        ? "; the test images had no part in that."
        : ", and the figures here are of the same images: new images may do worse.");
  return html`
    <p class="state ${state}">${states[state]}</p>
    <dl class="tiles">${tilesOf({ epoch, best, keepsLast, parts, results })}</dl>
    <p>${chosen}</p>
    <p>${judgementOf(history, state === "finished" ? epoch : epochs).words}</p>
    ${noResults && html`<p class="warning">${noResults}</p>`}
  `;
}

function dataSection({ dataset, parts }: ReportData): Html {
  const split = parts.map(({ name, images }) => [`${name} images`, String(images)] as const);
  return html`
    ${dataset.warnings.map((warning) => html`<p class="warning">${warning}</p>`)}
    ${twoColumns([...split, ...dataset.rows])}
    ${dataset.findings && html`<h3>${dataset.findings.title}</h3>${table(dataset.findings)}`}
  `;
}

function settingsSection({ config, manifest }: ReportData): Html {
  return html`
    ${twoColumns(config)}
    ${manifest.map((part: ReportTable) => html`<h3>${part.title}</h3>${table(part)}`)}
  `;
}
