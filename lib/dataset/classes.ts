/**
 * The classes of images, as far as folders or file names show them: "benign", "malignant", "normal".
 *
 * @module
 */

import { baseName, folderName, stemOf } from "../core/paths.ts";

/** More kinds than these are no classes: folders of patients, names of their own. */
const MOST_CLASSES = 20;

/** The class of each image by its path. */
export type Classes = ReadonlyMap<string, string>;

/**
 * Finds classes: the images' folders, or where all lie in one folder the words before the first digit of their names
 * (`benign (4).png` is "benign"). They are believed when there are 2 to 20 of them and twice as many images or more;
 * otherwise the result is empty.
 *
 * @param images Paths with "/" between the parts.
 */
export function classesOf(images: readonly string[]): Classes {
  for (const kindOf of [folderOf, prefixOf]) {
    const classes = new Map(images.map((image) => [image, kindOf(image)]));
    const kinds = new Set(classes.values());
    const areClasses = kinds.size >= 2 && kinds.size <= MOST_CLASSES &&
      2 * kinds.size <= images.length && !kinds.has("");
    if (areClasses) return shortened(classes, kinds);
  }
  return new Map();
}

function folderOf(image: string): string {
  return folderName(image) || ".";
}

/** What stands before the first digit, without the signs between. */
function prefixOf(image: string): string {
  return /^[^\d]*/.exec(stemOf(image))![0].replace(/[^\p{L}]+$/u, "").toLowerCase();
}

/** Folders by their last part where that tells them apart. */
function shortened(classes: Classes, kinds: ReadonlySet<string>): Classes {
  if (new Set([...kinds].map(baseName)).size < kinds.size) return classes;
  return new Map([...classes].map(([image, kind]) => [image, baseName(kind)]));
}
