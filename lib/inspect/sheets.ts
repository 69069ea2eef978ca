/**
 * Contact sheets of findings: one picture for each kind of finding that is visible.
 *
 * @module
 */
import { stemOf } from "../core/paths.ts";
import { capitalised } from "../core/plural.ts";
import { hasImage, load, type LoadOptions } from "../dataset/load.ts";
import type { Pair } from "../dataset/pairing.ts";
import type { Box } from "../image/contours.ts";
import type { GreyImage } from "../image/image.ts";
import { resizeGrey } from "../image/resize.ts";
import { unionOf } from "../image/union.ts";
import { contactSheet, type SheetItem } from "../pictures/contact_sheet.ts";
import { shrunkInto } from "../pictures/picture.ts";
import type { FileStore } from "../store/store.ts";
import type { Finding, FindingCase, FindingKind, Inspection } from "./inspection.ts";

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

/** What a mark around a place means, by the kind of finding. */
const PLACE_WORDS: Partial<Record<FindingKind, string>> = {
  mask_specks: "speck",
  lesion_tiny: "tiny lesion",
  lesion_at_border: "lesion at the border",
  overlay: "text or caliper",
};

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
    const found = shownImages(finding, pairOf);
    if (found.length === 0) continue;
    const items: SheetItem[] = [];
    for (const image of found.slice(0, MOST_IMAGES)) {
      const item = await itemOf(data, image, sources);
      if (item !== undefined) items.push(item);
    }
    const more = found.length > MOST_IMAGES ? `, ${MOST_IMAGES} of ${found.length}` : "";
    const title = `${finding.title}${more}`;
    const png = await contactSheet(items, {
      title: capitalised(title),
      placeWord: PLACE_WORDS[finding.kind],
    });
    yield { file, png };
  }
}

/** An image of a finding, with its words and its places in px. */
interface ShownImage extends Pick<FindingCase, "places"> {
  readonly pair: Pair;
  readonly name: string;
  readonly words: string | undefined;
}

function shownImages({ cases }: Finding, pairOf: ReadonlyMap<string, Pair>): ShownImage[] {
  return cases.flatMap(({ files, words, places }, number) =>
    [...new Set(files.flatMap((file) => pairOf.get(file) ?? []))].map((pair) => {
      const name = stemOf(pair.image);
      return {
        pair,
        name: files.length > 1 ? `${number + 1}: ${name}` : name,
        words: files.length === 1 && words !== "" ? String(words) : undefined,
        ...(places && { places }),
      };
    })
  );
}

/** Reads an image and those of its masks that can be read, at the image's size. */
async function itemOf(
  data: FileStore,
  { pair, name, words, places }: ShownImage,
  sources: MaskSources,
): Promise<SheetItem | undefined> {
  const [loaded] = await Array.fromAsync(load(data, [pair], sources));
  if (!hasImage(loaded)) return undefined;
  const { grey } = loaded.image;
  const { width, height } = shrunkInto(grey, LARGEST_SIDE);
  const shown = (picture: GreyImage) => resizeGrey(picture, width, height);
  const masks = loaded.masks.map(({ judged: { mask } }) => {
    const { pixels } = shown(mask);
    return { width, height, pixels: pixels.map((value) => value > 127 ? 255 : 0) };
  });
  return {
    image: shown(grey),
    truth: masks.length > 0 ? unionOf(masks) : undefined,
    places: places?.map((box) => scaled(box, width / grey.width, height / grey.height)),
    name,
    words,
  };
}

function scaled({ x, y, width, height }: Box, across: number, down: number): Box {
  return { x: x * across, y: y * down, width: width * across, height: height * down };
}
