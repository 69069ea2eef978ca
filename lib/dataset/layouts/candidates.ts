/**
 * The layouts that the names of files suggest, each with the pairs that it makes.
 *
 * @module
 */
import { baseName, folderName } from "../../core/paths.ts";
import { IMAGE_NAME } from "../../image/image_names.ts";
import type { PairingWithDoubts } from "../pairing.ts";
import { NUMBER } from "./name_pattern.ts";
import { derivePatterns, familiesOf, type NameGroup } from "./derive_patterns.ts";
import { folderRulesOf, givenFolderRules } from "./folder_rules.ts";
import type { Place } from "./mask_folders.ts";
import { BUSI_LAYOUT, type Layout, pairFiles, type ParsedLayout, parseLayout } from "./layout.ts";
import { certaintyOfName, roleOfName, wordsOf } from "./mask_words.ts";

/** How surely names suggest a layout; the lowest is the surest. */
export const RANK = { usual: 0, sure: 1, likely: 2, unknown: 3 } as const;

/** The rank of a layout. */
export type Rank = typeof RANK[keyof typeof RANK];

/** A layout with the pairs that it makes. */
export interface Candidate {
  readonly layout: Layout;
  readonly parsed: ParsedLayout;
  readonly rank: Rank;
  readonly pairing: PairingWithDoubts;
}

/** The rules that are told; the others are found. */
export interface ToldRules {
  /** The folder that is searched for images, "" for the data directory. */
  readonly images: string;
  readonly masks: readonly string[] | null;
  readonly maskPattern: readonly string[] | null;
}

/** Formats that keep a mask's edges sharp, and those in which cameras and scanners save. */
const SHARP = ["png", "gif", "bmp", "tif", "tiff"];
const OF_DEVICES = ["jpg", "jpeg", "dcm", "dicom", "ima"];

const MOST_SPELLINGS = 8;
/** Fewer pairs beside each other may follow a pattern by chance. */
const LEAST_PAIRS = 3;

/** The layout with the pairs that it makes. */
export function candidate(
  files: readonly string[],
  layout: Layout,
  rank: Rank,
  images = "",
): Candidate {
  const parsed = parseLayout(layout, images);
  return { layout, parsed, rank, pairing: pairFiles(files, parsed) };
}

/**
 * The layout that is derived from names. A `*` in it comes from a number; if it takes other texts,
 * such as `_mask_old` beside `_mask_1`, numbers alone count.
 */
function derivedCandidate(
  files: readonly string[],
  layout: Layout,
  rank: Rank,
  images: string,
): Candidate {
  const found = candidate(files, layout, rank, images);
  const ends = layout.maskPattern.map((text) => text.replace(/^.*[}=*](?=.)|\*$/g, ""));
  const isNumbered = (stem: string) =>
    /\d\)?$/.test(stem) || ends.some((end) => end !== "" && stem.endsWith(end));
  const isDerived = layout.maskPattern.some((text) => /[^=]\*$/.test(text));
  const masks = isDerived ? found.pairing.pairs.flatMap(({ masks }) => masks) : [];
  if (masks.every((mask) => isNumbered(stemOf(baseName(mask))))) return found;
  const maskPattern = layout.maskPattern.map((text) => text.replace(/\*$/, NUMBER));
  return candidate(files, { ...layout, maskPattern }, rank, images);
}

/**
 * All layouts worth trying, without those that make no pair. `alsoNumbered` as in
 * {@linkcode folderRulesOf}.
 */
export function candidatesOf(
  files: readonly string[],
  told: ToldRules,
  options: { readonly alsoNumbered?: boolean } = {},
): Candidate[] {
  const { images, masks, maskPattern } = told;
  const found: Candidate[] = [];
  const places = masks === null ? folderRulesOf(files, options) : givenFolderRules(files, masks);
  for (const { masks, isSure } of places) {
    const rank = isSure ? RANK.sure : RANK.likely;
    const make = (patterns: readonly string[]) =>
      derivedCandidate(files, { masks, maskPattern: patterns }, rank, images);
    found.push(
      ...maskPattern === null
        ? inFolders(make)
        : [candidate(files, { masks, maskPattern }, rank, images)],
    );
  }
  if (masks === null) {
    const make = (patterns: readonly string[], rank: Rank) =>
      derivedCandidate(files, { masks, maskPattern: patterns }, rank, images);
    found.push(
      ...maskPattern === null
        ? besideImages(files, make)
        : [candidate(files, { masks, maskPattern }, RANK.sure, images)],
    );
  }
  return found.filter(({ pairing }) => pairing.pairs.length > 0 || pairing.ambiguous.length > 0);
}

/** The patterns of names for masks in folders of their own. */
function inFolders(make: (patterns: readonly string[]) => Candidate): Candidate[] {
  const same = make(["{}"]);
  if (isWhole(same.pairing)) return [same];
  const groups = groupsOf(same);
  const derived = derivedFrom(groups, make);
  const all = [same, ...derived, ...numbered(same, make)];
  if (all.some(({ pairing }) => isWhole(pairing))) return all;
  const isAlone = groups.length > 1 && groups.every(({ images }) => images.length === 1);
  return isAlone ? [...all, make(["*=*"])] : all;
}

/** More masks of an image that are numbered, `x_1.png` beside `x.png`, if nothing else is left. */
function numbered(
  { pairing: { unmasked, orphans } }: Candidate,
  make: (patterns: readonly string[]) => Candidate,
): Candidate[] {
  const isNumbered = orphans.length > 0 && orphans.every((mask) => /_\d+$/.test(stemOf(mask)));
  return isNumbered && unmasked.length === 0 ? [make(["{}", `_${NUMBER}`])] : [];
}

/** The patterns of names for masks beside their images. */
function besideImages(
  files: readonly string[],
  make: (patterns: readonly string[], rank: Rank) => Candidate,
): Candidate[] {
  const folders = namesByFolder(files);
  const families = familiesOf(folders).map((patterns) => make(patterns, rankOf(patterns)));
  const groups = folders.map(groupByRole)
    .filter(({ images, masks }) => images.length > 0 && masks.length > 0);
  const derived = derivedFrom(groups, (patterns) => make(patterns, RANK.sure));
  const names = new Set(groups.flatMap(({ masks }) => masks));
  const isAlone = groups.length > 1 && names.size === 1 &&
    groups.every(({ images }) => images.length === 1);
  return [
    make(BUSI_LAYOUT.maskPattern, RANK.usual),
    ...families,
    ...derived,
    ...isAlone ? [make([`*=${[...names][0]}`], RANK.sure)] : [],
    ...byEnding(files).map((patterns) => make(patterns, RANK.likely)),
  ];
}

/**
 * The candidates of patterns that are derived from names; the best also in other spellings. A
 * pattern that changes the image's name must hold for most names: it could be chance.
 */
function derivedFrom(
  groups: readonly NameGroup[],
  make: (patterns: readonly string[]) => Candidate,
): Candidate[] {
  const most = groups.reduce(
    (sum, { images, masks }) => sum + Math.min(images.length, masks.length),
    0,
  );
  const derived = derivePatterns(groups).filter((pattern) => pattern !== "{}")
    .map((pattern) => make([pattern]))
    .filter(({ layout, pairing }) =>
      !layout.maskPattern[0].includes("=") ||
      pairing.pairs.length >= Math.max(layout.masks === null ? LEAST_PAIRS : 1, most / 2)
    )
    .sort((a, b) => b.pairing.pairs.length - a.pairing.pairs.length);
  return derived.map((one, k) => k === 0 ? withSpellings(one, make) : one);
}

/** How surely a family holds masks. A letter that is glued to another name tells nothing. */
function rankOf(patterns: readonly string[]): Rank {
  const certainties = patterns.map(certaintyOfName);
  if (certainties.includes("sure")) return RANK.sure;
  return certainties.includes("likely") ? RANK.likely : RANK.unknown;
}

/** Patterns for masks that differ from their images by the ending alone. */
function byEnding(files: readonly string[]): string[][] {
  const endings = new Set(files.map((file) => IMAGE_NAME.exec(file)?.[1].toLowerCase() ?? ""));
  const images = OF_DEVICES.filter((ending) => endings.has(ending));
  if (images.length === 0) return [];
  return SHARP.filter((ending) => endings.has(ending))
    .map((mask) => images.map((image) => `{}.${image}={}.${mask}`));
}

/** Adds other spellings of a pattern, such as `-Mask` beside `_mask`, while they find pairs. */
function withSpellings(
  first: Candidate,
  make: (patterns: readonly string[]) => Candidate,
): Candidate {
  let best = first;
  const letters = lettersOf(first.layout.maskPattern[0]);
  while (!isWhole(best.pairing) && best.layout.maskPattern.length < MOST_SPELLINGS) {
    const { maskPattern } = best.layout;
    const [more] = derivePatterns(groupsOf(best))
      .filter((pattern) => lettersOf(pattern) === letters && !maskPattern.includes(pattern))
      .map((pattern) => make([...maskPattern, pattern]))
      .filter(({ pairing }) => pairing.pairs.length > best.pairing.pairs.length);
    if (more === undefined) return best;
    best = more;
  }
  return best;
}

function lettersOf(pattern: string): string {
  return wordsOf(pattern.split("=").at(-1)!).join("");
}

/** The names of images and masks that a candidate leaves alone, folder by folder. */
function groupsOf({ pairing, parsed: { folders } }: Candidate): NameGroup[] {
  const { unmasked, orphans } = pairing;
  if (folders === undefined) {
    return namesByFolder(unmasked).map(groupByRole);
  }
  const byFolder = Map.groupBy(unmasked, (path) => folderName(path).normalize("NFC"));
  const below = new Map<string, readonly string[]>();
  const imagesAt = ({ folder, isDeep }: Place): readonly string[] => {
    if (!isDeep) return byFolder.get(folder) ?? [];
    const found = below.get(folder) ??
      unmasked.filter((path) => folder === "" || path.startsWith(`${folder}/`));
    below.set(folder, found);
    return found;
  };
  const groups = new Map<string, { images: readonly string[]; masks: string[] }>();
  for (const [folder, masks] of Map.groupBy(orphans, folderName)) {
    const place = folders.flatMap((rule) => rule.placesOf(folder))
      .find((place) => imagesAt(place).length > 0);
    if (place === undefined) continue;
    const key = `${place.folder}${place.isDeep ? "/*" : ""}`;
    const group = groups.get(key) ?? {
      images: imagesAt(place).map((image) => stemOf(baseName(image))),
      masks: [],
    };
    group.masks.push(...masks.map((mask) => stemOf(baseName(mask))));
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** The files of one folder, divided by the words in their names. */
function groupByRole(names: readonly string[]): NameGroup {
  const stems = names.map(stemOf);
  const isMask = (stem: string) => roleOfName(stem) === "mask";
  return { images: stems.filter((stem) => !isMask(stem)), masks: stems.filter(isMask) };
}

/** The names of the files of each folder. */
export function namesByFolder(files: readonly string[]): string[][] {
  return [...Map.groupBy(files, folderName).values()].map((paths) => paths.map(baseName));
}

/** Whether every file is in a pair. */
export function isWhole({ pairs, unmasked, orphans, ambiguous }: PairingWithDoubts): boolean {
  return pairs.length > 0 && unmasked.length === 0 && orphans.length === 0 &&
    ambiguous.length === 0;
}

function stemOf(name: string): string {
  return name.normalize("NFC").replace(IMAGE_NAME, "");
}
