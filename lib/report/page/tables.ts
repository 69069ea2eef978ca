/**
 * Tables of the report.
 *
 * @module
 */
import { type Html, html } from "../../page/html.ts";
import type { NamedValue, ReportTable } from "./report_data.ts";

/**
 * Renders a table with a heading for each column. Wide tables scroll on their own. The first cell
 * of a row is its header.
 */
export function table({ title, columns, rows }: ReportTable): Html {
  return html`
    <div class="scroll" role="region" aria-label="${title}" tabindex="0">
      <table>
        <thead>
          <tr>${columns.map((name) => html`<th scope="col">${name}</th>`)}</tr>
        </thead>
        <tbody>${rows.map(([first, ...cells]) =>
          html`
            <tr><th scope="row">${first}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>
          `
        )}</tbody>
      </table>
    </div>
  `;
}

/** Renders names and values in two columns. */
export function twoColumns(rows: readonly NamedValue[]): Html {
  return html`
    <dl class="values">${rows.map(([name, value]) =>
      html`
        <div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>
      `
    )}</dl>
  `;
}

/** A chart with its caption below. */
export function figure(chart: Html, caption: string): Html {
  return html`
    <figure class="plot">${chart}<figcaption>${caption}</figcaption></figure>
  `;
}
