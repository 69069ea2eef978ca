/**
 * A page that outlines lesions by itself: one HTML file with the model, the kernels and the
 * program, for a browser that needs nothing else, no network and no server.
 *
 * @module
 */
import { RESEARCH_ONLY, VERSION } from "../core/version.ts";
import type { Model } from "../model/model_file.ts";
import { inputConfig } from "../model/model_input.ts";
import { count, plural } from "../core/plural.ts";
import { IMAGE_ENDINGS } from "../image/image_names.ts";
import { embedded, pageText } from "../page/document.ts";
import { type Html, html, raw } from "../page/html.ts";
import { section } from "../page/section.ts";
import { type NamedValue, twoColumns } from "../page/values.ts";
import cards from "../page/cards.js" with { type: "text" };
import listStyle from "../predict/page/predictions.css" with { type: "text" };
import files from "./files.js" with { type: "text" };
import list from "./list.js" with { type: "text" };
import style from "./page.css" with { type: "text" };
import pool from "./pool.js" with { type: "text" };
import program from "./program.js" with { type: "text" };
import takeAlong from "./take_along.js" with { type: "text" };

/** What a page is made of. */
export interface WebPageParts {
  readonly model: Model;
  /** The model's file. */
  readonly file: Uint8Array;
  /** What `bundle.ts` built. */
  readonly program: Uint8Array;
  /** What the page calls the model: the name of its run, or its path. */
  readonly name: string;
}

/** Workers compute; they come from a Blob, with WebAssembly. The viewer shows Blobs. */
const ALLOWED = {
  "worker-src": ["blob:"],
  "script-src": ["'wasm-unsafe-eval'"],
  "img-src": ["blob:"],
};

/** The oldest browsers that have all that the page uses. */
const BROWSERS = "Chrome or Edge 140, Firefox 134, or Safari 18.2";

/** The title of every page begins so. */
export const TITLE = "Outline lesions with";

/** The text of a page. */
export async function webPage({ model, file, program: code, name }: WebPageParts): Promise<string> {
  const body = html`
    <header>
      <p class="brand">Sonoseg ${VERSION} with the model ${name}</p>
      <h1>Outline lesions</h1>
      <p class="notice">${RESEARCH_ONLY}</p>
      <p>Your images stay on this computer. The page needs no network, and its own security policy
        forbids it to send anything anywhere.</p>
      <noscript><p class="warning">This page is a program, and JavaScript is switched off here.</p>
      </noscript>
    </header>
    <main>
      ${[
        { id: "choose", title: "Images", content: chooser() },
        { id: "settings", title: "How to outline", content: settings(model) },
        { id: "results", title: "Results", content: results() },
        { id: "about", title: "The model", content: about(model, name) },
      ].map(section)}
    </main>
    <footer>
      <p>${RESEARCH_ONLY} Written by Sonoseg ${VERSION}. Masks and measurements are those of its
        command predict.</p>
    </footer>
    ${embedded("data", { path: model.path, name, browsers: BROWSERS })}
    <script type="text/plain" id="program">${raw(code.toBase64())}</script>
    <script type="text/plain" id="model">${raw(file.toBase64())}</script>
  `;
  return await pageText({
    title: `${TITLE} ${name} - Sonoseg`,
    style: listStyle + style,
    script: cards + pool + files + list + takeAlong + program,
    body,
    allowed: ALLOWED,
  });
}

function chooser(): Html {
  const endings = IMAGE_ENDINGS.map((ending) => `.${ending}`).join(",");
  return html`
    <div id="drop">
      <p class="call">Drop images or folders here</p>
      <p class="choices">
        <button type="button" id="choose-files" class="main">Choose images</button>
        <button type="button" id="choose-folder">Choose a folder</button>
      </p>
      <p class="small">DICOM, PNG, JPEG, TIFF, BMP, GIF or WebP, as many as you like.</p>
      <input type="file" id="files" multiple accept="${endings}" hidden>
      <input type="file" id="folder" webkitdirectory hidden>
    </div>
    <p id="machine" role="status">If this line stays, this browser is too old for the page.
      ${BROWSERS} or newer can run it.</p>
    <p id="trouble" class="warning" role="alert" hidden></p>
  `;
}

function settings({ info }: Model): Html {
  const chosen = info?.card?.choice?.modes.none.threshold;
  return html`
    <form id="options" class="tools">
      <label>Threshold
        <input type="number" name="threshold" min="0.01" max="0.99" step="any" required></label>
      ${chosen !== undefined && html`
        <button type="button" id="validated" data-threshold="${chosen}">As validation chose:
          ${Number(chosen.toPrecision(3))}</button>
      `}
      <label>Smallest lesion
        <input type="number" name="minArea" min="1" step="1" required> px</label>
      <label>Size of a pixel
        <input type="number" name="mmPerPx" min="0.0001" max="999" step="any"
          placeholder="not known"> mm</label>
      <label><input type="checkbox" name="keepLargest"> Only the largest lesion</label>
      <label>Compute on <select name="device">
        <option value="auto">the fastest that is right</option>
        <option value="gpu">the graphics processor</option>
        <option value="cpu">the processor</option>
      </select></label>
    </form>
    <p class="small">A pixel belongs to a lesion where its probability is above the threshold. Try
      others in an enlarged picture; what is set here holds for all images and for the files.</p>
  `;
}

function results(): Html {
  return html`
    <div id="work">
      <label for="progress" id="progress-words" role="status">No image yet.</label>
      <progress id="progress" value="0" max="1" hidden></progress>
      <button type="button" id="stop" hidden>Stop</button>
    </div>
    <dl class="tiles" id="tiles" hidden></dl>
    <div class="tools" id="list-tools" hidden>
      <button type="button" id="take" class="main">Save all as a zip file</button>
      <label>Show <select id="filter">
        <option value="all">all images</option>
        <option value="found">a lesion found</option>
        <option value="none">no lesion found</option>
      </select></label>
      <button type="button" id="clear">Remove all images</button>
    </div>
    <ul id="notes" hidden></ul>
    <ul class="gallery" id="gallery"></ul>
    <div id="failed" hidden>
      <h3>Not predicted</h3>
      <div class="scroll" role="region" aria-label="Files that were not predicted" tabindex="0">
        <table>
          <tbody></tbody>
        </table>
      </div>
    </div>
  `;
}

function about(model: Model, name: string): Html {
  return html`
    ${twoColumns(aboutModel(model, name))}
    <p class="small" id="details"></p>
  `;
}

function aboutModel(model: Model, name: string): NamedValue[] {
  const { info, path, sha256 } = model;
  const { width, height, fit } = inputConfig(model);
  const told: NamedValue[] = info === undefined ? [] : [
    ["trained for", plural(info.epoch, "epoch")],
    ["validation Dice", info.valDice === null ? "not measured" : info.valDice.toFixed(3)],
    ...(info.card ? [["trained by", `Sonoseg ${info.card.version}`] as const] : []),
    ...Object.entries(info.card?.data ?? {}).map((
      [part, { images, lesion_free }],
    ): NamedValue => [
      `images, ${part}`,
      `${count(images)} (${count(lesion_free)} without a lesion)`,
    ]),
  ];
  return [
    ["model", name],
    ["file", path],
    ["SHA-256", sha256],
    ["network input", `${width}x${height} px, ${fit}`],
    ...told,
  ];
}
