/**
 * Infers the classes of images from folders or file names: "benign", "malignant", "normal".
 *
 * @module
 */

import { baseName, folderName, stemOf } from "../core/paths.ts";

/** The largest number of classes. More distinct names are patient folders or unique names. */
const MOST_CLASSES = 20;

/** The class of each image by its path. */
export type Classes = ReadonlyMap<string, string>;

/**
 * Finds classes: the images' folders or, if all lie in one folder, the words before the first digit
 * of their names (`benign (4).png` is "benign"). The result is empty unless there are 2 to 20
 * classes and at least twice as many images.
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

/** The name up to the first digit, without trailing punctuation. */
function prefixOf(image: string): string {
  return /^[^\d]*/.exec(stemOf(image))![0].replace(/[^\p{L}]+$/u, "").toLowerCase();
}

/** Shortens folders to their last part if the result is still unique. */
function shortened(classes: Classes, kinds: ReadonlySet<string>): Classes {
  if (new Set([...kinds].map(baseName)).size < kinds.size) return classes;
  return new Map([...classes].map(([image, kind]) => [image, baseName(kind)]));
}
