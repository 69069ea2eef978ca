/**
 * The classes of images, as far as folders or file names show them: "benign", "malignant", "normal".
 *
 * @module
 */

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
  return image.slice(0, Math.max(0, image.lastIndexOf("/"))) || ".";
}

/** What stands before the first digit, without the signs between. */
function prefixOf(image: string): string {
  const name = image.slice(image.lastIndexOf("/") + 1);
  const stem = name.replace(/\.[^.]*$/, "");
  return /^[^\d]*/.exec(stem)![0].replace(/[^\p{L}]+$/u, "").toLowerCase();
}

/** Folders by their last part where that tells them apart. */
function shortened(classes: Classes, kinds: ReadonlySet<string>): Classes {
  const last = (kind: string) => kind.slice(kind.lastIndexOf("/") + 1);
  if (new Set([...kinds].map(last)).size < kinds.size) return classes;
  return new Map([...classes].map(([image, kind]) => [image, last(kind)]));
}
