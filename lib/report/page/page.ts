/**
 * Renders the report of a run as one HTML file without external resources: no network, no font, no
 * other file. A pure function of {@linkcode ReportData}.
 *
 * The Content-Security-Policy of the page allows only its own style sheet and script (both by hash)
 * and embedded pictures. A hostile file name could therefore do nothing even if it were not
 * escaped.
 *
 * @module
 */
import { RESEARCH_ONLY } from "../../core/version.ts";
import { overfittingWords } from "../overfitting.ts";
import { type Html, html, raw } from "../../page/html.ts";
import layout from "../../page/layout.css" with { type: "text" };
import { gallerySection, stripSection, viewer } from "./pictures.ts";
import print from "./print.css" with { type: "text" };
import type { ReportData, ReportTable } from "./report_data.ts";
import { resultsSection } from "./results.ts";
import script from "./script.js" with { type: "text" };
import { table, twoColumns } from "./tables.ts";
import theme from "../../page/theme.css" with { type: "text" };
import { trainingSection } from "./training.ts";

const style = theme + layout + print;

/** The text of `report.html`. */
export async function reportPage(data: ReportData): Promise<string> {
  const sections = [
    summary(data),
    await trainingSection(data),
    data.results && await resultsSection(data.results.evaluation, data.results.source),
    data.results && gallerySection(data.results.gallery),
    data.strip && stripSection(data.strip),
    dataSection(data),
    settingsSection(data),
  ];
  const policy = [
    "default-src 'none'",
    "img-src data:",
    `style-src '${await hashOf(style)}'`,
    `script-src '${await hashOf(script)}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  const page = html`
    <!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy" content="${policy}">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <meta name="referrer" content="no-referrer">
        <link rel="icon" href="data:,">
        <title>${data.run} - Sonoseg report</title>
        <style>${raw(style)}</style>
      </head>
      <body>
    <header>
    <p class="brand">Sonoseg ${data.version} report</p>
    <h1>${data.run}</h1>
    <p class="notice">${RESEARCH_ONLY}</p>
    </header>
    <main>
    ${sections}
    </main>
    <footer><p>${RESEARCH_ONLY} Written by Sonoseg ${data
      .version}; this file needs no network and no other file.</p></footer>
    ${viewer()}
    <script>${raw(script)}</script>
      </body>
    </html>
  `;
  return page.text;
}

/** The first screen: progress, quality, and an assessment. */
function summary(
  { state, epoch, epochs, early, best, keepsLast, parts, history, results, noResults }: ReportData,
): Html {
  const states = {
    training: `Training goes on: ${epoch} of ${epochs} epochs. Reload the page for newer figures.`,
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
    <section id="summary" aria-labelledby="summary-title">
    <h2 id="summary-title">At a glance</h2>
    <p class="state ${state}">${states[state]}</p>
    <dl class="tiles">${tilesOf({ best, parts, results })}</dl>
    <p>${chosen}</p>
    <p>${overfittingWords(history)}</p>
    ${noResults && html`<p class="warning">${noResults}</p>`}
    </section>
  `;
}

function tilesOf(
  { best, parts, results }: Pick<ReportData, "best" | "parts" | "results">,
) {
  const tiles: [string, string, string?][] = [];
  const figure = (value: number | null) => value === null ? "-" : value.toFixed(3);
  if (results) {
    const { overall, lesion_free } = results.evaluation;
    const { mean, median } = overall.per_case.dice;
    const range = mean.low === null || mean.high === null
      ? undefined
      : `95 %: ${figure(mean.low)} to ${figure(mean.high)}`;
    tiles.push(["Mean Dice", figure(mean.value), range]);
    tiles.push(["Median Dice", figure(median.value)]);
    tiles.push([
      "Nothing found in",
      String(overall.nothing_predicted),
      `of ${overall.cases} with a lesion`,
    ]);
    tiles.push([
      "False alarms",
      String(lesion_free.false_alarms),
      `of ${lesion_free.cases} without a lesion`,
    ]);
  } else if (best) {
    tiles.push([
      "Validation Dice",
      figure(best.dice),
      "mean, best epoch",
    ]);
  }
  if (best) tiles.push(["Best epoch", String(best.epoch)]);
  if (parts.length > 0) {
    const counts = parts.map(({ images }) => images).join(" + ");
    tiles.push(["Images", counts, parts.map(({ name }) => name).join(" + ")]);
  }
  return tiles.map(([name, value, note]) =>
    html`
      <div>
        <dt>${name}</dt>
        <dd>${value}${note && html`<small>${note}</small>`}</dd>
      </div>
    `
  );
}

function dataSection({ dataset, parts }: ReportData): Html {
  const split = parts.map(({ name, images }) => [`${name} images`, String(images)] as const);
  return html`
    <section id="data" aria-labelledby="data-title">
    <h2 id="data-title">Data</h2>
    ${dataset.warnings.map((warning) => html`<p class="warning">${warning}</p>`)}
    ${twoColumns([...split, ...dataset.rows])}
    ${dataset.findings && html`<h3>${dataset.findings.title}</h3>${table(dataset.findings)}`}
    </section>
  `;
}

function settingsSection({ config, manifest }: ReportData): Html {
  return html`
    <section id="settings" aria-labelledby="settings-title">
    <h2 id="settings-title">Configuration and manifest</h2>
    ${twoColumns(config)}
    ${manifest.map((part: ReportTable) => html`<h3>${part.title}</h3>${table(part)}`)}
    </section>
  `;
}

async function hashOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return `sha256-${new Uint8Array(digest).toBase64()}`;
}
