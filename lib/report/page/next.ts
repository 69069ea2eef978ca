/**
 * The box "What next" of the report.
 *
 * @module
 */
import { commandLine } from "./head.ts";
import { type Html, html } from "../../page/html.ts";
import type { NextStep } from "./report_data.ts";

/** Renders the steps, numbered, each with its command. */
export function nextSection(steps: readonly NextStep[]): Html {
  return html`
    <ol>${steps.map(({ saw, todo, command }) =>
      html`
        <li><p><strong>${saw}</strong> ${todo}</p>${command && html`
          ${commandLine(command)}
        `}</li>
      `
    )}</ol>
    <p class="hint">The rules are explained in docs/report.md. Commands take the DATA_DIR of this
    run; a run of another name leaves this one as it is.</p>
  `;
}
