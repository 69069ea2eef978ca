/**
 * The head of the report: the name of the run, when and how it was made, and the contents.
 *
 * @module
 */
import { RESEARCH_ONLY } from "../../core/version.ts";
import { type Html, html } from "../../page/html.ts";
import type { Section } from "../../page/section.ts";
import type { ReportData } from "./report_data.ts";

/** Renders the head, with links to the sections. */
export function pageHead(
  { run, version, begun, ended, command }: ReportData,
  sections: readonly Section[],
): Html {
  return html`
    <header>
      <p class="brand">Sonoseg ${version} report</p>
      <h1>${run}</h1>
      ${begun && html`
        <p class="dates">${datesOf(begun, ended)}</p>
      `} ${command && html`
        ${commandLine(command)}
      `}
      <p class="notice">${RESEARCH_ONLY}</p>
      <nav aria-label="Contents">
        <ul>${sections.map(({ id, title }) =>
          html`
            <li><a href="#${id}">${title}</a></li>
          `
        )}</ul>
      </nav>
    </header>
  `;
}

function datesOf(begun: string, ended: string | undefined): Html {
  const first = wordsOf(begun);
  const last = ended === undefined ? undefined : wordsOf(ended);
  const until = last &&
    html`, last epoch <time datetime="${ended}">${
      last[0] === first[0] ? last[1] : last.join(", ")
    }</time>`;
  return html`Begun on <time datetime="${begun}">${first.join(", ")}</time>${until} (UTC)`;
}

/** A command that can be copied. A line breaks between its words, but not at their hyphens. */
export function commandLine(command: string): Html {
  const words = command.split(" ").map((word, k) => html`${k > 0 && " "}<span>${word}</span>`);
  return html`<p class="command"><code>${words}</code></p>`;
}

/** The day and the time of an ISO time in UTC: "Thursday, 26 November 2026" and "17:31". */
function wordsOf(iso: string): readonly [day: string, time: string] {
  const date = new Date(iso);
  const day = { weekday: "long", day: "numeric", month: "long", year: "numeric" } as const;
  return [
    date.toLocaleDateString("en-GB", { ...day, timeZone: "UTC" }),
    date.toISOString().slice(11, 16),
  ];
}
