/**
 * One row of the worst cases, near the top of the report: failures say more than means.
 *
 * @module
 */
import { type Html, html } from "../../page/html.ts";
import { card, legend } from "./pictures.ts";
import type { GalleryGroup } from "./report_data.ts";

/** The number of cases in the row. */
const IN_ROW = 6;

/** The first cases of the gallery, the worst, and the gallery without them. */
export function splitOff(
  [first, ...others]: readonly GalleryGroup[],
): { readonly worst: GalleryGroup["cases"]; readonly rest: readonly GalleryGroup[] } {
  if (first === undefined) return { worst: [], rest: [] };
  const more = first.cases.slice(IN_ROW);
  return {
    worst: first.cases.slice(0, IN_ROW),
    rest: [{ title: `${first.title}, from the ${IN_ROW + 1}th on`, cases: more }, ...others],
  };
}

/** Renders the row, with the legend of all outlines. */
export function worstSection(cases: GalleryGroup["cases"]): Html {
  return html`
    ${legend()}
    <div class="gallery" data-group>${cases.map(card)}</div>
  `;
}
