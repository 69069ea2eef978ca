/**
 * The frame of a page: one HTML file without external resources. It needs no network, no font and
 * no other file.
 *
 * The Content-Security-Policy of the page allows only its own style sheet and script (both by hash)
 * and embedded pictures. A hostile file name could therefore do nothing even if it were not
 * escaped.
 *
 * @module
 */
import { COMPARISON_COLOURS } from "../pictures/comparison.ts";
import { rgb } from "../pictures/lines.ts";
import { EDGE_COLOUR, PREDICTED_COLOUR, TRUTH_COLOUR } from "../pictures/overlay.ts";
import { type Html, html, raw } from "./html.ts";
import layout from "./layout.css" with { type: "text" };
import reload from "./refresh.js" with { type: "text" };
import theme from "./theme.css" with { type: "text" };
import { viewer, VIEWER_SCRIPT, VIEWER_STYLE } from "./viewer/viewer.ts";

/** The parts of a page. */
export interface PageParts {
  readonly title: string;
  /** The styles that only this page has. */
  readonly style: string;
  /** A classic script that runs at the end of the body, after that of the viewer. */
  readonly script: string;
  /** What the body holds before the viewer and the scripts. */
  readonly body: Html;
  /** The time after which the page loads itself again, unless a picture is open, in seconds. */
  readonly refresh?: number | undefined;
  /** What the policy allows besides, by its directives: `{ "worker-src": ["blob:"] }`. */
  readonly allowed?: Readonly<Record<string, readonly string[]>> | undefined;
}

/** The colours of outlines, as in all pictures. */
const COLOURS = {
  predicted: PREDICTED_COLOUR,
  truth: TRUTH_COLOUR,
  edge: EDGE_COLOUR,
  hit: COMPARISON_COLOURS.hit,
};
const colours = `:root {
${Object.entries(COLOURS).map(([name, colour]) => `  --${name}: ${rgb(colour)};\n`).join("")}}
`;

/** The styles that all pages have. */
const shared = theme + colours + layout + VIEWER_STYLE;

/** The text of a page. */
export async function pageText(
  { title, style: own, script, body, refresh, allowed = {} }: PageParts,
): Promise<string> {
  const style = shared + own;
  const code = VIEWER_SCRIPT + script + (refresh === undefined ? "" : reload);
  const sources: Readonly<Record<string, readonly string[]>> = {
    "default-src": ["'none'"],
    "img-src": ["data:"],
    "style-src": [`'${await hashOf(style)}'`],
    "script-src": [`'${await hashOf(code)}'`],
    "base-uri": ["'none'"],
    "form-action": ["'none'"],
  };
  const policy = Object.keys({ ...sources, ...allowed }).map((directive) =>
    [directive, ...sources[directive] ?? [], ...allowed[directive] ?? []].join(" ")
  ).join("; ");
  const page = html`
    <!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy" content="${policy}">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <meta name="referrer" content="no-referrer">
        ${refresh !== undefined && html`<meta name="reload-after" content="${refresh}">`}
        <link rel="icon" href="data:,">
        <title>${title}</title>
        <style>${raw(style)}</style>
      </head>
      <body>
        ${body} ${viewer()}
        <script>${raw(code)}</script>
      </body>
    </html>
  `;
  return page.text;
}

/** Data for the script of a page, as an element that is not run. */
export function embedded(id: string, data: unknown): Html {
  // Only "<" could end the element.
  const text = JSON.stringify(data).replaceAll("<", "\\u003c");
  return html`<script type="application/json" id="${id}">${raw(text)}</script>`;
}

async function hashOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return `sha256-${new Uint8Array(digest).toBase64()}`;
}
