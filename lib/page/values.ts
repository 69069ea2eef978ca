/**
 * Names and their values in a page: in two columns, or as large tiles.
 *
 * @module
 */
import { type Html, html } from "./html.ts";

/** A row of a table with two columns. */
export type NamedValue = readonly [name: string, value: string];

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

/** Renders a tile of a list of the class "tiles", with small notes below the value. */
export function tile(name: string, value: string, notes: readonly string[] = []): Html {
  return html`
    <div>
      <dt>${name}</dt>
      <dd>${value}${notes.filter((note) => note !== "").map((note) =>
        html`<small>${unbroken(note)}</small>`
      )}</dd>
    </div>
  `;
}

/** A text in which no line begins with "%" or ends within a range. */
function unbroken(note: string): string {
  return note.replaceAll(" %", "\u00a0%").replaceAll(" to ", "\u00a0to\u00a0");
}
