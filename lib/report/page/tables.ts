/**
 * Tables of the report.
 *
 * @module
 */
import { type Html, html, raw } from "../../page/html.ts";
import type { ReportTable } from "./report_data.ts";

/** The longest text that is kept in one line, in characters. */
const MOST_IN_LINE = 32;

/**
 * Renders a table with a heading for each column. Wide tables scroll on their own. The first cell
 * of a row is its header.
 */
export function table({ title, columns, rows }: ReportTable): Html {
  return html`
    <div class="scroll" role="region" aria-label="${title}" tabindex="0">
      <table>
        <thead>
          <tr>${columns.map((name) =>
            name === "" ? html`<td></td>` : html`<th scope="col">${name}</th>`
          )}</tr>
        </thead>
        <tbody>${rows.map(([first, ...cells]) =>
          html`
            <tr><th scope="row"${isFigure(first) && raw(' class="number"')}>${first}</th>${cells
              .map(dataCell)}</tr>
          `
        )}</tbody>
      </table>
    </div>
  `;
}

function dataCell(text: string): Html {
  return isFigure(text) ? html`<td class="number">${text}</td>` : html`<td>${text}</td>`;
}

/** Whether a text is a figure or a date, which stays in one line. A hash is too long for that. */
function isFigure(text: string): boolean {
  return text.length <= MOST_IN_LINE && /^[-+\d]/.test(text);
}

/** A chart with its caption below. */
export function figure(chart: Html, caption: string): Html {
  return html`
    <figure class="plot">${chart}<figcaption>${caption}</figcaption></figure>
  `;
}
