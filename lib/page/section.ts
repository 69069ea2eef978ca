/**
 * A section of a page below its heading.
 *
 * @module
 */
import { type Html, html } from "./html.ts";

/** A section: its id, its title, and what stands below. */
export interface Section {
  readonly id: string;
  readonly title: string;
  readonly content: Html;
}

/** Renders a section, which has the name of its heading. */
export function section({ id, title, content }: Section): Html {
  return html`
    <section id="${id}" aria-labelledby="${id}-title">
    <h2 id="${id}-title">${title}</h2>
    ${content}
    </section>
  `;
}
