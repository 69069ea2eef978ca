/**
 * Derives patterns for the names of masks from the names of files.
 *
 * @module
 */
import { IMAGE_NAME } from "../../image/image_names.ts";
import { bordersOf, partsOf, wordsOf } from "./mask_words.ts";
import { isNamePattern } from "./name_pattern.ts";

/** Names of images and masks that may belong together, without endings, in NFC. */
export interface NameGroup {
  readonly images: readonly string[];
  readonly masks: readonly string[];
}

/** So many images are compared, each with so many masks. */
const COMPARED_IMAGES = 8;
const COMPARED_MASKS = 32;
/** So many patterns are worth trying. */
const MOST_PATTERNS = 6;

const LETTER_OR_DIGIT = /[\p{L}\p{Nd}]/u;

/** The patterns that most of a few images share, the commonest first. */
export function derivePatterns(groups: readonly NameGroup[]): string[] {
  const counts = new Map<string, number>();
  for (const { image, masks } of sampleOf(groups)) {
    const found = new Set(masks.flatMap((mask) => patternsBetween(image, mask)));
    for (const pattern of found) counts.set(pattern, (counts.get(pattern) ?? 0) + 1);
  }
  // Whole names, such as "image=mask", are a pattern only if they are the same in many folders.
  const isPattern = (text: string) =>
    isNamePattern(text) && (groups.length > 1 || !text.includes("=") || text.includes("{}"));
  return [...counts].sort(([a, m], [b, n]) => n - m || a.length - b.length || (a < b ? -1 : 1))
    .map(([pattern]) => pattern).filter(isPattern).slice(0, MOST_PATTERNS);
}

/** A few images, evenly spread over all groups, each with the masks that could be its own. */
function sampleOf(groups: readonly NameGroup[]): { image: string; masks: readonly string[] }[] {
  const all = groups.flatMap((group) => group.images.map((image) => ({ image, group })));
  const step = Math.max(1, all.length / COMPARED_IMAGES);
  const chosen = Math.min(all.length, COMPARED_IMAGES);
  const likelyMasks = new Map<NameGroup, (image: string) => readonly string[]>();
  return Array.from({ length: chosen }, (_, k) => {
    const { image, group } = all[Math.floor(k * step)];
    const masks = likelyMasks.get(group) ?? likelyMasksOf(group.masks);
    likelyMasks.set(group, masks);
    return { image, masks: masks(image) };
  });
}

/** Finds the masks that share the rarest words and numbers with an image. */
function likelyMasksOf(masks: readonly string[]): (image: string) => readonly string[] {
  if (masks.length <= COMPARED_MASKS) return () => masks;
  const byPart = new Map<string, number[]>();
  for (const [index, mask] of masks.entries()) {
    for (const part of new Set(partsOf(mask))) {
      const known = byPart.get(part);
      if (known === undefined) byPart.set(part, [index]);
      else known.push(index);
    }
  }
  return (image) => {
    const scores = new Map<number, number>();
    for (const part of new Set(partsOf(image))) {
      const sharing = byPart.get(part) ?? [];
      // A part that nearly all names have tells nothing.
      if (sharing.length > masks.length / 2) continue;
      for (const index of sharing) {
        scores.set(index, (scores.get(index) ?? 0) + 1 / sharing.length);
      }
    }
    return [...scores].sort(([, a], [, b]) => b - a).slice(0, COMPARED_MASKS)
      .map(([index]) => masks[index]);
  };
}

/** The patterns by which one mask could belong to one image. */
function patternsBetween(image: string, mask: string): string[] {
  if (image === mask) return ["{}"];
  const [inImage, inMask] = [bordersOf(image), bordersOf(mask)];
  let head = 0;
  while (head < Math.min(image.length, mask.length) && image[head] === mask[head]) head++;
  while (head > 0 && !(inImage.has(head) && inMask.has(head))) head--;
  let tail = 0;
  const most = Math.min(image.length, mask.length) - head;
  while (tail < most && image.at(-1 - tail) === mask.at(-1 - tail)) tail++;
  const isBorder = () => inImage.has(image.length - tail) && inMask.has(mask.length - tail);
  while (tail > 0 && !isBorder()) tail--;
  // A sign such as "_" belongs to what changes: "bus_{}=mask_{}".
  if (head < image.length) { while (isSign(image[head - 1])) head--; }
  if (tail < image.length) { while (isSign(image.at(-tail))) tail--; }
  const hasHead = LETTER_OR_DIGIT.test(image.slice(0, head));
  const hasTail = LETTER_OR_DIGIT.test(image.slice(image.length - tail));
  const [x, y] = [image.slice(head, image.length - tail), mask.slice(head, mask.length - tail)];
  if (hasHead && hasTail) return isRenumbered(x, y) ? [] : [`{}${x}{}={}${y}{}`];
  if (hasHead) return endings(image.slice(head), mask.slice(head));
  if (hasTail) {
    const [before, after] = [image.length - tail, mask.length - tail];
    return beginnings(image.slice(0, before), mask.slice(0, after));
  }
  return changedAround(image, mask, inImage, inMask);
}

function isSign(character: string | undefined): boolean {
  return character !== undefined && !LETTER_OR_DIGIT.test(character);
}

/** `_img` and `_mask` as "{}_img={}_mask", no ending and `_mask` as "_mask". */
function endings(image: string, mask: string): string[] {
  if (image === "") return [withoutNumber(mask)];
  return isRenumbered(image, mask) ? [] : [`{}${image}={}${mask}`];
}

function beginnings(image: string, mask: string): string[] {
  if (image === "") return [`${mask}{}`];
  return isRenumbered(image, mask) ? [] : [`${image}{}=${mask}{}`];
}

/** Whether the mask has another number than its image: then it is the mask of another image. */
function isRenumbered(image: string, mask: string): boolean {
  return /\p{Nd}/u.test(image) && /\p{Nd}/u.test(mask);
}

/** Names that share neither beginning nor end: "bus_7_img" and "mask_7_gt", "image" and "mask". */
function changedAround(
  image: string,
  mask: string,
  inImage: ReadonlySet<number>,
  inMask: ReadonlySet<number>,
): string[] {
  const borders = [...inImage];
  const runs = borders.flatMap((from) => borders.filter((to) => to > from).map((to) => [from, to]))
    .filter(([from, to]) => /\p{Nd}/u.test(image.slice(from, to)))
    .filter(([from, to]) => !isSign(image[from]) && !isSign(image[to - 1]))
    .sort(([a, b], [c, d]) => (d - c) - (b - a));
  for (const [from, to] of runs) {
    const common = image.slice(from, to);
    const at = mask.indexOf(common);
    if (at < 0 || !inMask.has(at) || !inMask.has(at + common.length)) continue;
    const after = mask.slice(at + common.length);
    return [`${image.slice(0, from)}{}${image.slice(to)}=${mask.slice(0, at)}{}${after}`];
  }
  return LETTER_OR_DIGIT.test(image) && !/\p{Nd}/u.test(image + mask) ? [`${image}=${mask}`] : [];
}

/**
 * The ending of a mask's name without the mask's number: `_mask_1` is `_mask`, which stands for
 * both; `_mask1` and `_mask (1)` are `_mask*`, `_1` is `_*`.
 */
export function withoutNumber(ending: string): string {
  const [, rest, before, after] = /^(.*?)([ _.-]*\(?)\d+(\)?)$/u.exec(ending) ?? [];
  if (rest === undefined) return ending;
  if (rest === "") return `${before}*`;
  return before === "_" && after === "" ? rest : `${rest}*`;
}

/** So many families are worth trying; the largest are. */
const MOST_FAMILIES = 12;

/**
 * Finds files in one folder whose name is that of another file with something before or after it.
 * What is only a number makes no family: `x_2.png` is another image.
 *
 * @param folders The names of the files of each folder, with endings.
 * @returns The patterns of each family, the largest family first. Those of one family have the same
 *   letters: `_mask`, `-Mask` and `_mask*`.
 */
export function familiesOf(folders: readonly (readonly string[])[]): string[][] {
  /** By the letters of the patterns in lower case. */
  const found = new Map<string, { patterns: Set<string>; files: number }>();
  for (const names of folders) {
    const plain = names.map((name) => name.normalize("NFC"));
    const known = new Set(plain.flatMap((name) => [name, name.replace(IMAGE_NAME, "")]));
    for (const name of plain) {
      const affix = affixOf(name.replace(IMAGE_NAME, ""), known);
      if (affix === undefined) continue;
      const { pattern, letters } = affix;
      const family = found.get(letters) ?? { patterns: new Set(), files: 0 };
      found.set(letters, family);
      family.patterns.add(pattern);
      family.files++;
    }
  }
  return [...found.values()].sort((a, b) => b.files - a.files)
    .map(({ patterns }) => [...patterns].filter(isNamePattern).sort())
    .filter((patterns) => patterns.length > 0).slice(0, MOST_FAMILIES);
}

/** What a name has beside the longest other name that it begins or ends with. */
function affixOf(
  stem: string,
  known: ReadonlySet<string>,
): { pattern: string; letters: string } | undefined {
  const borders = [...bordersOf(stem)].sort((a, b) => a - b).filter((at) => at > 0);
  for (const at of borders.toReversed().slice(1)) {
    const letters = wordsOf(stem.slice(at)).join("");
    if (letters === "" || !known.has(stem.slice(0, at))) continue;
    const ending = withoutNumber(stem.slice(at));
    return { pattern: ending.includes("{}") ? "" : ending, letters };
  }
  for (const at of borders.slice(0, -1)) {
    const letters = wordsOf(stem.slice(0, at)).join("");
    if (letters !== "" && known.has(stem.slice(at))) {
      return { pattern: `${stem.slice(0, at)}{}`, letters };
    }
  }
}
