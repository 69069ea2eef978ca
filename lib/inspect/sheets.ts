/**
 * Contact sheets of findings: one picture for each kind of finding that is visible.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { stemOf } from "../core/paths.ts";
import { decodeGrey } from "../image/codecs/decode.ts";
import type { GreyImage } from "../image/image.ts";
import { resizeGrey } from "../image/resize.ts";
import { unionOf } from "../image/union.ts";
import { contactSheet, type SheetItem } from "../pictures/contact_sheet.ts";
import type { FileStore } from "../store/store.ts";
import type { Finding, FindingKind, Inspection } from "./inspection.ts";

/** The most images on a sheet. */
const MOST_IMAGES = 24;

/** Kinds without a sheet: a picture shows no more than the title says. */
const NOT_DRAWN: readonly FindingKind[] = [
  "unreadable",
  "orphan",
  "lookalike",
  "other_masks",
  "no_lesion",
  "mask_unusable",
  "ambiguous",
  "unmasked",
  "mask_empty",
  "class_imbalance",
  "more_pages",
  "mask_soft",
  "mask_rescaled",
  // Equal images need no picture, unlike near duplicates.
  "exact_duplicates",
  "several_masks",
];

/** One sheet. */
export interface FindingSheet {
  /** The name of its file: "near_duplicates.png". */
  readonly file: string;
  readonly png: Uint8Array<ArrayBuffer>;
}

/** The file name of a kind's sheet; `undefined` for a kind without one. */
function sheetFile(kind: FindingKind): string | undefined {
  return NOT_DRAWN.includes(kind) ? undefined : `${kind}.png`;
}

/**
 * Draws the sheets of an inspection, one after the other. `masksOf` gives the masks of each image.
 * Images that can no longer be read are left out.
 */
export async function* findingSheets(
  data: FileStore,
  inspection: Inspection,
  masksOf: ReadonlyMap<string, readonly string[]>,
): AsyncGenerator<FindingSheet> {
  const imageOf = new Map(
    [...masksOf].flatMap(([image, masks]) => [image, ...masks].map((path) => [path, image])),
  );
  for (const finding of inspection.findings) {
    const file = sheetFile(finding.kind);
    if (file === undefined) continue;
    const items = itemsOf(data, finding, masksOf, imageOf);
    if (items.length === 0) continue;
    const shown = items.slice(0, MOST_IMAGES);
    const more = items.length > shown.length ? `, ${shown.length} of ${items.length}` : "";
    const title = `${finding.title}${more}`;
    const png = await contactSheet(await Promise.all(shown.map((item) => item())), {
      title: title[0].toUpperCase() + title.slice(1),
      zoom: 1,
    });
    yield { file, png };
  }
}

function itemsOf(
  data: FileStore,
  { cases }: Finding,
  masksOf: ReadonlyMap<string, readonly string[]>,
  imageOf: ReadonlyMap<string, string>,
): (() => Promise<SheetItem>)[] {
  const items: (() => Promise<SheetItem>)[] = [];
  for (const [number, { files, words }] of cases.entries()) {
    for (const image of new Set(files.flatMap((file) => imageOf.get(file) ?? []))) {
      const name = stemOf(image);
      const label = files.length > 1 ? `${number + 1}: ${name}` : name;
      items.push(async () => {
        const grey = decodeGrey(await data.readFile(image), image);
        const truth = await readMasks(data, grey, masksOf.get(image) ?? []);
        return {
          image: grey,
          truth,
          name: label,
          words: files.length === 1 && words !== "" ? words : undefined,
        };
      });
    }
  }
  return items;
}

/** Reads the masks that can be read, at the image's size. */
async function readMasks(
  data: FileStore,
  { width, height }: GreyImage,
  masks: readonly string[],
): Promise<GreyImage | undefined> {
  const readable = [{ width, height, pixels: new Uint8Array(width * height) }];
  for (const path of masks) {
    try {
      const mask = decodeGrey(await data.readFile(path), path);
      const high = mask.pixels.reduce((most, value) => value > most ? value : most, 0);
      const resized = resizeGrey(mask, width, height).pixels;
      readable.push({ width, height, pixels: resized.map((v) => v > high / 2 ? 255 : 0) });
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
    }
  }
  return masks.length > 0 ? unionOf(readable) : undefined;
}
