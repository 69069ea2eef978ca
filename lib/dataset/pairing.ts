/**
 * Pairs images with their masks by their names.
 *
 * `benign (4)_mask.png` and `benign (4)_mask_1.png` are masks of `benign (4).png` in the same
 * folder. The image's name is exactly the text before the pattern, so `a (1)_mask` never matches
 * `a (11)`.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { sentence, setting } from "../core/sentence.ts";
import type { AnnotationFiles } from "./annotations/annotation_files.ts";
import { IMAGE_NAME } from "./image_files.ts";

const LISTED_NAMES = 10;

/** An image and its masks; paths are relative to the data directory, with "/" between the parts. */
export interface Pair {
  readonly image: string;
  /** In the order of their numbers: `_mask`, `_mask_1`, `_mask_2`, ... */
  readonly masks: readonly string[];
}

/** What a data directory holds; every list is sorted by code units. */
export interface Pairing {
  readonly pairs: readonly Pair[];
  /** Images without a mask. */
  readonly unmasked: readonly string[];
  /** Masks without an image. */
  readonly orphans: readonly string[];
  /** The layout that pairs them, in words. */
  readonly words?: string;
  /** The annotation files that were read, when outlines in them are the masks. */
  readonly annotations?: AnnotationFiles;
}

/** A mask that matches several images. */
export interface AmbiguousMask {
  readonly mask: string;
  readonly images: readonly string[];
}

/** A pairing that leaves masks open. */
export interface PairingWithDoubts extends Pairing {
  readonly ambiguous: readonly AmbiguousMask[];
}

/**
 * Pairs files as {@linkcode pairWithDoubts} does.
 *
 * @throws InputError for an empty pattern, one with "/", and when a mask matches two images.
 */
export function pairByName(files: readonly string[], maskPattern: string): Pairing {
  const { ambiguous: [doubt], ...pairing } = pairWithDoubts(files, maskPattern);
  if (doubt === undefined) return pairing;
  throw new InputError(
    `${doubt.mask} could be the mask of ${doubt.images.join(" or ")}; rename one of the images`,
  );
}

/**
 * Pairs files by their names. A file is a mask when its name without extension ends with the
 * pattern, or with the pattern and `_N`. The rest is the name of its image, in the same folder. A
 * mask that matches several images is listed with them and is in no pair.
 *
 * @throws InputError for an empty pattern and for one with "/".
 */
export function pairWithDoubts(
  files: readonly string[],
  maskPattern: string,
): PairingWithDoubts {
  if (maskPattern === "" || maskPattern.includes("/")) {
    throw new InputError(
      `mask pattern "${maskPattern}": expected the end of a mask's file name, such as "_mask"; ` +
        `masks lie beside their images`,
    );
  }
  const images = new Map<string, string[]>();
  const masks = new Map<string, { path: string; number: number }[]>();
  for (const path of [...files].sort()) {
    const stem = path.replace(IMAGE_NAME, "");
    const parts = splitMaskName(stem, maskPattern);
    if (parts) append(masks, parts.image, { path, number: parts.number });
    else append(images, stem, path);
  }

  const pairs: Pair[] = [];
  const unmasked: string[] = [];
  const ambiguous: AmbiguousMask[] = [];
  for (const [stem, sameName] of images) {
    const own = masks.get(stem);
    masks.delete(stem);
    if (own === undefined) unmasked.push(...sameName);
    else if (sameName.length > 1) {
      ambiguous.push(...own.map(({ path }) => ({ mask: path, images: sameName })));
    } else {
      // Masks are already sorted by path, which orders equal numbers ("_mask_1.png",
      // "_mask_01.png").
      own.sort((a, b) => a.number - b.number);
      pairs.push({ image: sameName[0], masks: own.map(({ path }) => path) });
    }
  }
  const orphans = [...masks.values()].flat().map(({ path }) => path);
  return {
    pairs: sortPairs(pairs),
    unmasked: unmasked.sort(),
    orphans: orphans.sort(),
    ambiguous,
  };
}

/**
 * The pairs to train on, sorted by image. Images without a mask are an "error", or their masks are
 * "empty" (no lesion; such pairs have no masks).
 *
 * @throws InputError for a mask without an image, and for an image without a mask unless they are
 * accepted.
 */
export function checkPairing(
  pairing: Pairing,
  { missingMasks }: { readonly missingMasks: "error" | "empty" },
): Pair[] {
  const { pairs, unmasked, orphans } = pairing;
  if (orphans.length > 0) {
    throw new InputError(
      `${countOf(orphans, "mask has", "masks have")} no image: ${
        firstOf(orphans)
      }; expected an image beside ` +
        `it whose name is what stands before the mask pattern; add the image or take the mask out`,
    );
  }
  if (unmasked.length > 0 && missingMasks === "error") {
    const which = countOf(unmasked, "image has", "images have");
    throw new InputError(
      sentence`${which} no mask: ${firstOf(unmasked)}; add masks, set ${setting("maskPattern")} to
        the end of your masks' names, or train on them as images without a lesion with
        ${setting("missingMasks", "empty")}`,
    );
  }
  return sortPairs([...pairs, ...unmasked.map((image) => ({ image, masks: [] }))]);
}

/**
 * Splits a mask's name into the image's name and the number (-1 without one). `undefined` for any
 * other name.
 */
function splitMaskName(
  stem: string,
  pattern: string,
): { image: string; number: number } | undefined {
  if (stem.endsWith(pattern)) return { image: stem.slice(0, -pattern.length), number: -1 };
  const numbered = stem.match(/_(\d+)$/);
  const rest = numbered ? stem.slice(0, -numbered[0].length) : "";
  if (!numbered || !rest.endsWith(pattern)) return undefined;
  return { image: rest.slice(0, -pattern.length), number: Number(numbered[1]) };
}

function sortPairs(pairs: Pair[]): Pair[] {
  return pairs.sort((a, b) => a.image < b.image ? -1 : 1);
}

function append<Value>(map: Map<string, Value[]>, key: string, value: Value): void {
  const values = map.get(key);
  if (values) values.push(value);
  else map.set(key, [value]);
}

function countOf(names: readonly string[], one: string, several: string): string {
  return `${names.length} ${names.length === 1 ? one : several}`;
}

/** The first ten names and the number of the others. */
function firstOf(names: readonly string[]): string {
  const more = names.length - LISTED_NAMES;
  return names.slice(0, LISTED_NAMES).join(", ") + (more > 0 ? ` and ${more} more` : "");
}
