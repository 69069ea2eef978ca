/**
 * Pictures of the report: cases with outlines, and validation images through the epochs. Outlines
 * are vector paths, so they stay sharp and can be hidden. script.js hands them to the viewer.
 *
 * @module
 */
import { baseName } from "../../core/paths.ts";
import { type Html, html } from "../../page/html.ts";
import type { GalleryCase, GalleryGroup, ProbabilityMap, Sheet, Strip } from "./report_data.ts";

/** The colours of the outlines, and the boxes that hide them on the whole page. */
export function legend(): Html {
  return html`
    <p
      class="legend"><label><input type="checkbox" id="show-predicted" checked> <span class="swatch predicted"></span>predicted outline</label>
        <label><input type="checkbox" id="show-truth" checked> <span class="swatch truth"></span>true outline, dashed</label>
        <span class="hint">Click a picture to enlarge it; arrow keys lead to the next.</span></p>
  `;
}

/** The cases, group by group. */
export function gallerySection(groups: readonly GalleryGroup[]): Html {
  return html`
    ${groups.filter(({ cases }) => cases.length > 0).map(({ title, cases }) =>
      html`
        <h3>${title}</h3>
        <div class="gallery" data-group>${cases.map(card)}</div>
      `
    )}
  `;
}

/** A case with its picture, or with the words that it has none. */
export function card({ name, figures, picture }: GalleryCase): Html {
  const caption = html`<figcaption><span class="name" title="${name}">${
    baseName(name)
  }</span>${figures}</figcaption>`;
  if (picture === undefined) {
    return html`
      <figure class="card missing"><p>The image is not there any more.</p>${caption}</figure>
    `;
  }
  const { width, height, png, truth, predicted, map } = picture;
  const image = html`
    <image href="data:image/png;base64,${png}" width="${width}" height="${height}"
      preserveAspectRatio="none" />
  `;
  const shown = { name, figures, width, height, image, truth, predicted, map };
  return html`
    <figure class="card">${button(shown)}${caption}</figure>
  `;
}

/** Validation images through the epochs, one row per image. */
export function stripSection({ width, height, images, epochs }: Strip): Html {
  const symbols = images.map(({ png }, k) =>
    html`
      <symbol id="strip-${k}" viewBox="0 0 ${width} ${height}">
        <image href="data:image/png;base64,${png}" width="${width}" height="${height}" />
      </symbol>
    `
  );
  const heads = epochs.map(({ epoch, note }) =>
    html`<th scope="col">epoch ${epoch}${note && ` (${note})`}</th>`
  );
  const rows = images.map(({ name, truth }, k) => {
    const image = html`
      <use href="#strip-${k}" width="${width}" height="${height}" />
    `;
    const cells = epochs.map(({ epoch, predicted }) => {
      const outlines = { truth, predicted: predicted[k] };
      const figures = `after epoch ${epoch}`;
      return html`<td>${button({ name, figures, width, height, image, ...outlines })}</td>`;
    });
    return html`
      <tr
        data-group><th scope="row"><span class="name" title="${name}">${baseName(
          name,
        )}</span></th>${cells}</tr>
    `;
  });
  return html`
    <p>The first validation images at the network's size, with what was predicted after these epochs.</p>
    <svg class="symbols" width="0" height="0" aria-hidden="true">${symbols}</svg>
    <div class="scroll" role="region" aria-label="Predictions through the epochs" tabindex="0">
      <table class="strip">
        <thead>
          <tr><td></td>${heads}</tr>
        </thead>
        <tbody>${rows}</tbody>
      </table>
    </div>
  `;
}

/** Training images of the first epoch, with the outlines of their masks. */
export function augmentedSection({ width, height, png }: Sheet): Html {
  return html`
    <p>Training images of the first epoch as the network sees them. If a lesion cannot be seen any
    more, the augmentation is too strong.</p>
    <svg class="sheet" viewBox="0 0 ${width} ${height}" role="img"
      aria-label="Training images of the first epoch, changed at random, with the outlines of their masks">
      <image href="data:image/png;base64,${png}" width="${width}" height="${height}" />
    </svg>
  `;
}

/** A picture with its outlines as SVG paths. */
interface ShownPicture {
  readonly name: string;
  readonly figures: string;
  readonly width: number;
  readonly height: number;
  readonly image: Html;
  readonly truth: string;
  readonly predicted: string;
  readonly map?: ProbabilityMap | undefined;
}

/** A picture that can be enlarged. */
function button(
  { name, figures, width, height, image, truth, predicted, map }: ShownPicture,
): Html {
  return html`
    <button type="button" class="picture" data-name="${name}"
      data-figures="${figures}"
      ${map && html`
        data-map="${map.packed}" data-threshold="${map.threshold}" data-pixels="${map.pixels}"
      `}><svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${name}, ${figures}, with the predicted and the true outline">${image}<path class="truth" d="${truth}"/><path class="predicted" d="${predicted}"/></svg></button>
  `;
}
