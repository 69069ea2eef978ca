/**
 * The viewer of a page: enlarges a picture, draws the outline at any threshold, and shows what was
 * hit, missed and marked wrongly. `viewer.js` says what a picture is.
 *
 * @module
 */
import { type Html, html } from "../html.ts";
import input from "./input.js" with { type: "text" };
import masks from "./masks.js" with { type: "text" };
import style from "./viewer.css" with { type: "text" };
import pictures from "./viewer.js" with { type: "text" };

/** The style sheet of the viewer. It takes the colours of the theme. */
export const VIEWER_STYLE = style;

/** The script of the viewer. It defines `openViewer`, and runs after the viewer's element. */
export const VIEWER_SCRIPT = masks + pictures + input;

/** The viewer's element; it stays empty until a picture is enlarged. */
export function viewer(): Html {
  return html`
    <dialog id="viewer" aria-labelledby="viewer-name" aria-describedby="viewer-figures">
      <canvas tabindex="0" autofocus role="img" aria-label="The picture"></canvas>
      <div class="bar">
        <p><strong id="viewer-name"></strong> <span id="viewer-figures"></span></p>
        <div class="row" data-needs="map" hidden>
          <label>Threshold <input type="range" id="viewer-threshold" min="0.01" max="0.99" step="0.01">
          <output id="viewer-value" for="viewer-threshold"></output></label>
          <button type="button" data-action="reset">As predicted</button>
        </div>
        <p id="viewer-at" aria-live="polite"></p>
        <p class="kinds" data-needs="truth" hidden>
          <span><span class="kind hit"></span>hit</span>
          <span><span class="kind missed"></span>missed</span>
          <span><span class="kind false"></span>false</span>
        </p>
        <div class="row">
          <button type="button" data-action="previous" aria-label="Previous picture">&#8592;</button>
          <span id="viewer-place"></span>
          <button type="button" data-action="next" aria-label="Next picture">&#8594;</button>
          <button type="button" data-action="farther" aria-label="Zoom out">&#8722;</button>
          <button type="button" data-action="closer" aria-label="Zoom in">+</button>
          <button type="button" data-action="fit">Fit</button>
          <button type="button" data-toggle="outlines" aria-pressed="true">Outlines</button>
          <button type="button" data-toggle="colours" aria-pressed="false"
            data-needs="truth" hidden>Hits and misses</button>
          <button type="button" data-toggle="probability" aria-pressed="false"
            data-needs="map" hidden>Probability</button>
          <button type="button" data-action="close">Close</button>
        </div>
        <p class="keys">Keys: &#8592; &#8594; picture, &#8593; &#8595; threshold, + &#8722; 0 zoom,
          Shift and arrows move, O outlines, C hits and misses, P probability, Esc close.</p>
      </div>
    </dialog>
  `;
}
