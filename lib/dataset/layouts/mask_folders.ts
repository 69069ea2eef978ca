/**
 * Folders of masks.
 *
 * | rule | images | masks |
 * |---|---|---|
 * | `masks` | all in the images' folder | at the same place in the folder `masks` |
 * | `images=masks` | in a folder `images`, wherever it lies | in the folder `masks` beside it |
 * | `*\/masks` | in any folder | in its folder `masks` |
 * | `images/*=masks` | in `images` and all folders below | in `masks` beside it |
 * | `images=masks/*` | in `images` | in `masks` and all folders below |
 * | `images=masks/{}` | in `images` | in a folder of the image's name in `masks` |
 *
 * @module
 */
import { InputError } from "../../core/errors.ts";

/** Where the image of a mask may lie. */
export interface Place {
  /** In NFC. */
  readonly folder: string;
  /** Whether all folders below count, too. */
  readonly isDeep?: boolean;
  /** The image's name, if the folder of the mask tells it. */
  readonly name?: string;
}

/** A parsed rule. */
export interface MaskFolder {
  /** Where the images of a folder of masks may lie; none for a folder of images. */
  placesOf(folder: string): readonly Place[];
  /** The rule in words, such as "images/ with masks in masks/". */
  readonly words: readonly [images: string, masks: string];
  /** The folder of masks when it is a path in the data directory. */
  readonly path?: string;
}

/** How words call a folder that has the name of its image. */
export const NAMED_FOLDER = "NAME/";

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
    placesOf(folder) {
      const found = folder.normalize("NFC");
      if (found === path) return [{ folder: root }];
      if (!found.startsWith(`${path}/`)) return [];
      return [{ folder: joined([root, found.slice(path.length + 1)]) }];
    },
  };
}

function problemOf(text: string): string | undefined {
  const isInside = text.startsWith("*/");
  const sides = (isInside ? text.slice(2) : text).split("=").map(partsOf);
  const isPair = sides.length === 2 && !isInside;
  const [masks, images = []] = sides.toReversed();
  const mayEnd = (parts: readonly string[], ends: readonly string[]) =>
    parts.every((part, k) => !isWildcard(part) || k === parts.length - 1 && ends.includes(part));
  const isGood = (sides.length === 1 || isPair) && sides.every(({ length }) => length > 0) &&
    mayEnd(images, ["*"]) && mayEnd(masks, isPair || isInside ? ["*", "{}"] : []) &&
    !isWildcard(masks[0] ?? "");
  return isGood
    ? undefined
    : `expected a folder such as masks, or a pair such as images=masks, or */masks`;
}

function isWildcard(part: string): boolean {
  return part === "*" || part === "{}";
}

function partsOf(path: string): string[] {
  return path.split("/").filter((part) => part !== "" && part !== ".");
}

/** The rule that the folders `masks` stand in place of the folders `images`. */
function replacing(images: readonly string[], masks: readonly string[]): MaskFolder {
  const [isDeep, end] = [images.at(-1) === "*", masks.at(-1)];
  const [ofImages, ofMasks] = [images, masks].map((parts) =>
    parts.filter((part) => !isWildcard(part))
  );
  return {
    words: wordsFor(ofImages, isDeep, ofMasks, end),
    placesOf(folder) {
      const parts = partsOf(folder.normalize("NFC"));
      const name = end === "{}" ? parts.pop() : undefined;
      if (end === "{}" && name === undefined) return [];
      const found: Place[] = [];
      for (let at = parts.length - ofMasks.length; at >= 0; at--) {
        if (ofMasks.some((part, k) => parts[at + k] !== part)) continue;
        const rest = end === "*" ? [] : parts.slice(at + ofMasks.length);
        found.push({
          folder: joined([...parts.slice(0, at), ...ofImages, ...rest]),
          ...isDeep && { isDeep },
          ...name !== undefined && { name },
        });
      }
      return found;
    },
  };
}

function wordsFor(
  images: readonly string[],
  isDeep: boolean,
  masks: readonly string[],
  end: string | undefined,
): MaskFolder["words"] {
  const below = end === "*" ? " and below" : end === "{}" ? NAMED_FOLDER : "";
  const place = `${masks.join("/")}/${below}`;
  if (images.length > 0) return [`${images.join("/")}/${isDeep ? " and below" : ""}`, place];
  return isDeep ? ["all folders", place] : ["each folder", `its folder ${place}`];
}

function joined(parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join("/");
}
