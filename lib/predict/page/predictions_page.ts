/**
 * `predictions.html`: all predictions of a folder at a glance, to sort, to search and to enlarge. A
 * pure function of the lists and the pictures.
 *
 * @module
 */
import { asSentence, count, plural } from "../../core/plural.ts";
import { RESEARCH_ONLY } from "../../core/version.ts";
import { pixelArea, spacingInWords, spacingOf } from "../../image/spacing.ts";
import { embedded, pageText } from "../../page/document.ts";
import { type Html, html } from "../../page/html.ts";
import cards from "../../page/cards.js" with { type: "text" };
import { type Section, section } from "../../page/section.ts";
import { type NamedValue, tile, twoColumns } from "../../page/values.ts";
import {
  leastAreaOf,
  type PredictionEntry,
  type PredictionLists,
  type PredictionSettings,
} from "../entries.ts";
import { nothingFound } from "../nothing_found.ts";
import type { LeftOut, PagePictures } from "./page_pictures.ts";
import style from "./predictions.css" with { type: "text" };
import predictions from "./predictions.js" with { type: "text" };

/** The most failures that the page names. */
const NAMED_FAILURES = 200;

/** The text of `predictions.html`. */
export async function predictionsPage(
  lists: PredictionLists,
  pictures: Pick<PagePictures, "of" | "leftOut">,
): Promise<string> {
  const { settings, images, failed } = lists;
  const sections: Section[] = [
    {
      id: "summary",
      title: "At a glance",
      content: summary(lists, pictures.leftOut),
    },
    { id: "pictures", title: "Images", content: pictureList(images) },
    ...(failed.length === 0
      ? []
      : [{ id: "failed", title: "Not predicted", content: failures(failed) }]),
    { id: "settings", title: "How it was predicted", content: settingRows(settings) },
  ];
  const body = html`
    <header>
      <p class="brand">Sonoseg ${settings.sonoseg} predictions</p>
      <h1>Predictions</h1>
      <p class="notice">${RESEARCH_ONLY}</p>
    </header>
    <main>
      ${sections.map(section)}
    </main>
    <footer>
      <p>${RESEARCH_ONLY} Written by Sonoseg ${settings.sonoseg}; this file needs no network
      and no other file. The masks themselves are beside it.</p>
    </footer>
    ${embedded("data", dataOf(settings, images, pictures))}
  `;
  return await pageText({
    title: `${plural(images.length, "prediction")} - Sonoseg`,
    style,
    script: cards + predictions,
    body,
  });
}

/** The first screen: the numbers, and what a reader must know about them. */
function summary({ settings, images, failed }: PredictionLists, leftOut: LeftOut): Html {
  const nothing = nothingFound(images, settings);
  return html`
    <dl class="tiles">${tiles(images, failed.length)}</dl>
    ${nothing && html`<p class="warning">${asSentence(nothing)}</p>`}
    ${leftOutWords(leftOut, images.length).map((words) => html`<p>${words}</p>`)}
  `;
}

function tiles(images: readonly PredictionEntry[], failed: number): Html[] {
  const found = images.filter(({ lesions }) => lesions.length > 0).length;
  const lesions = images.reduce((sum, { lesions }) => sum + lesions.length, 0);
  const all: [string, number][] = [
    ["images", images.length],
    ["lesion found in", found],
    ["none found in", images.length - found],
    ["lesions", lesions],
  ];
  if (failed > 0) all.push(["not predicted", failed]);
  return all.map(([name, number]) => tile(name, count(number)));
}

function leftOutWords({ allMaps, pictures, maps }: LeftOut, images: number): string[] {
  const words: string[] = [];
  if (allMaps) {
    words.push(
      `The probabilities of ${count(images)} images would make this page too ` +
        `large: they are in the files beside it, and the viewer shows the masks alone.`,
    );
  }
  if (maps > 0) {
    words.push(`The probabilities of ${plural(maps, "image")} are left out: the page is large.`);
  }
  if (pictures > 0) {
    words.push(`The pictures of ${plural(pictures, "image")} are left out: the page is large.`);
  }
  return words;
}

function pictureList(images: readonly PredictionEntry[]): Html {
  const hasUncertainty = images.some((image) => uncertaintyOf(image) !== null);
  return html`
    <div class="tools" role="search">
      <label>Search names <input type="search" id="search" autocomplete="off"></label>
      <label>Show <select id="filter">
        <option value="all">all images</option>
        <option value="found">a lesion found</option>
        <option value="none">no lesion found</option>
      </select></label>
      <label>Sort by <select id="sort">
        <option value="order">order of the files</option>
        <option value="name">name</option>
        <option value="area">area</option>
        <option value="highest">highest probability</option>
        ${hasUncertainty && html`<option value="uncertainty">uncertainty</option>`}
      </select></label>
      <button type="button" id="reverse" aria-pressed="false">Reverse</button>
    </div>
    <p id="count" role="status"></p>
    <noscript><p class="warning">This list needs JavaScript; predictions.json and measurements.csv
      beside it have the same figures.</p></noscript>
    <ul class="gallery" id="gallery"></ul>
  `;
}

function failures(failed: PredictionLists["failed"]): Html {
  const rows = failed.slice(0, NAMED_FAILURES).map(({ input, error }) =>
    html`
      <tr>
        <th scope="row">${input}</th>
        <td>${error}</td>
      </tr>
    `
  );
  const more = failed.length - rows.length;
  return html`
    <div class="scroll" role="region" aria-label="Files that were not predicted" tabindex="0">
      <table>
        <tbody>${rows}</tbody>
      </table>
    </div>
    ${more > 0 && html`<p>And ${more} more: predictions.json has them all.</p>`}
  `;
}

/** What was predicted with. */
function settingRows(settings: PredictionSettings): Html {
  const { members = [settings], threshold, tta, min_area_px, min_area_share } = settings;
  const models = members.flatMap((member, k): NamedValue[] => {
    const number = members.length > 1 ? ` ${k + 1}` : "";
    return [
      [`model${number}`, member.model],
      [`SHA-256 of model${number}`, member.model_sha256],
      [
        `input of model${number}`,
        `${member.network_width}x${member.network_height} px, ${member.fit}`,
      ],
    ];
  });
  const flips = { none: "none", flip: "left to right", flips: "all four" }[tta];
  const least = min_area_share === undefined
    ? `${min_area_px} px`
    : `${Number((100 * min_area_share).toPrecision(3))} % of the image`;
  const rows: NamedValue[] = [
    ...models,
    ["threshold", String(threshold)],
    ["mirror images", flips],
    ["smallest lesion", least],
    ["only the largest lesion", settings.keep_largest ? "yes" : "no"],
    ["size of a pixel", pixelSize(settings)],
    ["engine", settings.engine],
    ["Sonoseg", settings.sonoseg],
  ];
  return twoColumns(rows);
}

/** What was given about the size of the pixels; the table goes first. */
function pixelSize({ mm_per_px, spacings }: PredictionSettings): string {
  const forAll = mm_per_px === null ? undefined : spacingInWords(spacingOf(mm_per_px));
  if (spacings === undefined) return forAll ?? "not given";
  return `by ${spacings}${forAll === undefined ? "" : `; else ${forAll}`}`;
}

/** The data of the page's script, as short as its thousands of images allow. */
function dataOf(
  settings: PredictionSettings,
  images: readonly PredictionEntry[],
  pictures: Pick<PagePictures, "of">,
) {
  const rows = images.map((image) => {
    const { input, width, height, mm_per_px, area_px, lesions, highest_probability } = image;
    const picture = pictures.of(input);
    return [
      input,
      width * height,
      area_px,
      lesions.length,
      rounded(highest_probability ?? null),
      rounded(uncertaintyOf(image)),
      leastAreaOf(settings, image),
      picture && [picture.width, picture.height, picture.jpeg, picture.outline, picture.map],
      ...(mm_per_px === undefined ? [] : [pixelArea(spacingOf(mm_per_px))]),
    ];
  });
  const { threshold, keep_largest } = settings;
  return { threshold, onlyLargest: keep_largest, rows };
}

/** The mean deviation of the pixels of an image's lesions; `null` where there is none. */
export function uncertaintyOf({ area_px, lesions }: PredictionEntry): number | null {
  const deviations = lesions.map(({ flip_deviation, model_deviation, area_px }) => {
    const deviation = model_deviation ?? flip_deviation;
    return deviation === undefined ? undefined : deviation * area_px;
  });
  if (area_px === 0 || deviations.includes(undefined)) return null;
  return deviations.reduce<number>((sum, part) => sum + part!, 0) / area_px;
}

function rounded(value: number | null): number | null {
  return value === null ? null : Number(value.toPrecision(4));
}
