/**
 * Folders of masks.
 *
 * | rule | images | masks |
 * |---|---|---|
 * | `masks` | all in the images' folder | at the same place in the folder `masks` |
 * | `images=masks` | in a folder `images`, wherever it lies | in the folder `masks` beside it |
 * | `*\/masks` | in any folder | in its folder `masks` |
 *
 * @module
 */
import { InputError } from "../../core/errors.ts";

/** A parsed rule. */
export interface MaskFolder {
  /** Where the images of a folder of masks may lie; none for a folder of images. In NFC. */
  imageFoldersOf(folder: string): readonly string[];
  /** The rule in words, such as "images/ with masks in masks/". */
  readonly words: readonly [images: string, masks: string];
  /** The folder of masks when it is a path in the data directory. */
  readonly path?: string;
}

/** Whether {@linkcode parseMaskFolder} takes a text. */
export function isMaskFolder(text: string): boolean {
  return problemOf(text) === undefined;
}

/**
 * Parses a rule. `images` is the folder that is searched for images, "" for the data directory.
 *
 * @throws InputError for a text that names no folder.
 */
export function parseMaskFolder(text: string, images = ""): MaskFolder {
  const problem = problemOf(text);
  if (problem !== undefined) throw new InputError(`folder of masks "${text}": ${problem}`);
  const plain = text.normalize("NFC");
  if (plain.startsWith("*/")) return replacing([], partsOf(plain.slice(2)));
  const [first, second] = plain.split("=");
  if (second !== undefined) return replacing(partsOf(first), partsOf(second));
  const path = partsOf(plain).join("/");
  const root = images.normalize("NFC");
  return {
    path: partsOf(text).join("/"),
    words: [root === "" ? "images" : `${root}/`, `${path}/`],
    imageFoldersOf(folder) {
      const found = folder.normalize("NFC");
      if (found === path) return [root];
      return found.startsWith(`${path}/`) ? [joined([root, found.slice(path.length + 1)])] : [];
    },
  };
}

function problemOf(text: string): string | undefined {
  const sides = text.replace(/^\*\//, "").split("=");
  const isGood = sides.length <= 2 && sides.every((side) => partsOf(side).length > 0) &&
    !(text.startsWith("*/") && sides.length > 1);
  return isGood
    ? undefined
    : `expected a folder such as masks, or a pair such as images=masks, or */masks`;
}

function partsOf(path: string): string[] {
  return path.split("/").filter((part) => part !== "" && part !== ".");
}

/** The rule that the folders `masks` stand in place of the folders `images`. */
function replacing(
  images: readonly string[],
  masks: readonly string[],
): MaskFolder {
  const words = [
    images.length === 0 ? "each folder" : `${images.join("/")}/`,
    images.length === 0 ? `its folder ${masks.join("/")}/` : `${masks.join("/")}/`,
  ] as const;
  return {
    words,
    imageFoldersOf(folder) {
      const parts = partsOf(folder.normalize("NFC"));
      const found: string[] = [];
      for (let at = parts.length - masks.length; at >= 0; at--) {
        if (masks.some((part, k) => parts[at + k] !== part)) continue;
        found.push(joined([...parts.slice(0, at), ...images, ...parts.slice(at + masks.length)]));
      }
      return found;
    },
  };
}

function joined(parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join("/");
}
