/**
 * Contact sheets of findings: one picture for each kind of finding that is visible.
 *
 * @module
 */
import { stemOf } from "../core/paths.ts";
import { hasImage, load, type LoadOptions } from "../dataset/load.ts";
import type { Pair } from "../dataset/pairing.ts";
import type { GreyImage } from "../image/image.ts";
import { resizeGrey } from "../image/resize.ts";
import { unionOf } from "../image/union.ts";
import { contactSheet, type SheetItem } from "../pictures/contact_sheet.ts";
import { fitInto } from "../pictures/picture.ts";
import type { FileStore } from "../store/store.ts";
import type { Finding, FindingKind, Inspection } from "./inspection.ts";

/** The most images on a sheet. */
const MOST_IMAGES = 24;

/** The longest side of the pictures that are kept until their sheet is drawn, px. */
const LARGEST_SIDE = 1024;

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

/** How the masks are read: as they were for the inspection. */
export type MaskSources = Pick<LoadOptions, "judge" | "annotations">;

/**
 * Draws the sheets of an inspection, one after the other. Images that can no longer be read are
 * left out.
 */
export async function* findingSheets(
  data: FileStore,
  inspection: Inspection,
  pairs: readonly Pair[],
  sources: MaskSources,
): AsyncGenerator<FindingSheet> {
  const pairOf = new Map(
    pairs.flatMap((pair) => [pair.image, ...pair.masks].map((path) => [path, pair])),
  );
  for (const finding of inspection.findings) {
    const file = sheetFile(finding.kind);
    if (file === undefined) continue;
    const found = placesOf(finding, pairOf);
    if (found.length === 0) continue;
    const items: SheetItem[] = [];
    for (const place of found.slice(0, MOST_IMAGES)) {
      const item = await itemOf(data, place, sources);
      if (item !== undefined) items.push(item);
    }
    const more = found.length > MOST_IMAGES ? `, ${MOST_IMAGES} of ${found.length}` : "";
    const title = `${finding.title}${more}`;
    const png = await contactSheet(items, {
      title: title[0].toUpperCase() + title.slice(1),
      zoom: 1,
    });
    yield { file, png };
  }
}

/** An image of a finding, with its words. */
interface Place {
  readonly pair: Pair;
  readonly name: string;
  readonly words: string | undefined;
}

function placesOf({ cases }: Finding, pairOf: ReadonlyMap<string, Pair>): Place[] {
  return cases.flatMap(({ files, words }, number) =>
    [...new Set(files.flatMap((file) => pairOf.get(file) ?? []))].map((pair) => {
      const name = stemOf(pair.image);
      return {
        pair,
        name: files.length > 1 ? `${number + 1}: ${name}` : name,
        words: files.length === 1 && words !== "" ? String(words) : undefined,
      };
    })
  );
}

/** Reads an image and those of its masks that can be read, at the image's size. */
async function itemOf(
  data: FileStore,
  { pair, name, words }: Place,
  sources: MaskSources,
): Promise<SheetItem | undefined> {
  const [loaded] = await Array.fromAsync(load(data, [pair], sources));
  if (!hasImage(loaded)) return undefined;
  const { width, height } = shownSize(loaded.image.grey);
  const shown = (picture: GreyImage) => resizeGrey(picture, width, height);
  const masks = loaded.masks.map(({ judged: { mask } }) => {
    const { pixels } = shown(mask);
    return { width, height, pixels: pixels.map((value) => value > 127 ? 255 : 0) };
  });
  return {
    image: shown(loaded.image.grey),
    truth: masks.length > 0 ? unionOf(masks) : undefined,
    name,
    words,
  };
}

/** The size of a picture in memory: that of the image, or less for a large one. */
function shownSize({ width, height }: GreyImage): { width: number; height: number } {
  return Math.max(width, height) <= LARGEST_SIDE
    ? { width, height }
    : fitInto({ width, height }, LARGEST_SIDE, LARGEST_SIDE);
}
