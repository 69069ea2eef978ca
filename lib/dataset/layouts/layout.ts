/**
 * A layout: where the masks of images lie and how they are named. It pairs images and masks by
 * their names alone.
 *
 * Names are compared in Unicode's composed form (NFC): some systems decompose the letters of file
 * names. The paths in the result are those of the disk.
 *
 * @module
 */
import { baseName, folderName } from "../../core/paths.ts";
import { IMAGE_NAME } from "../../image/image_names.ts";
import type { AmbiguousMask, Pair, PairingWithDoubts } from "../pairing.ts";
import { append, indexOf } from "../path_index.ts";
import { type MaskFolder, NAMED_FOLDER, parseMaskFolder, type Place } from "./mask_folders.ts";
import { NamePattern, withPlainEnding, withPlainNumbers } from "./name_pattern.ts";

/** The rules of a layout as the configuration has them. */
export interface Layout {
  /** The folders of masks; `null`: masks lie beside their images. */
  readonly masks: readonly string[] | null;
  /** The names of masks; the first pattern that finds an image decides. */
  readonly maskPattern: readonly string[];
}

/** BUSI's layout: `x_mask.png` beside `x.png`. */
export const BUSI_LAYOUT: Layout = { masks: null, maskPattern: ["_mask"] };

/** A layout whose rules are parsed. */
export interface ParsedLayout {
  /** Absent: masks lie beside their images. */
  readonly folders?: readonly MaskFolder[];
  readonly patterns: readonly NamePattern[];
}

/**
 * Parses the rules of a layout. `images` is the folder that is searched for images. Throws
 * {@linkcode InputError} for a rule that cannot be used.
 */
export function parseLayout({ masks, maskPattern }: Layout, images = ""): ParsedLayout {
  const patterns = maskPattern.map((text) => NamePattern.parse(text));
  if (masks === null) return { patterns };
  return { patterns, folders: masks.map((text) => parseMaskFolder(text, images)) };
}

/** A mask with the images that it may belong to. */
interface Mask {
  readonly path: string;
  /** The names that its image may have, the best first. */
  readonly wanted: readonly Wanted[];
}

/** A name that an image may have, and the places where it may lie. */
interface Wanted {
  /** For each rule in turn, the best place first. */
  readonly places: readonly (readonly Place[])[];
  readonly name: string | undefined;
  readonly number: number;
  readonly isLoose?: true;
}

/**
 * Pairs files by a layout. Every file is an image or a mask. A mask that fits several images is
 * listed with them and is in no pair.
 */
export function pairFiles(files: readonly string[], layout: ParsedLayout): PairingWithDoubts {
  const images = new ImageIndex();
  const masks: Mask[] = [];
  for (const path of [...files].sort()) {
    const wanted = wantedBy(path, layout);
    if (wanted === undefined) images.add(path);
    else masks.push({ path, wanted });
  }
  const own = new Map<string, { path: string; number: number }[]>();
  const orphans: string[] = [];
  const ambiguous: AmbiguousMask[] = [];
  for (const { path, wanted } of masks) {
    const found = images.find(wanted);
    if (found === undefined) orphans.push(path);
    else if (found.images.length > 1) ambiguous.push({ mask: path, images: found.images });
    else append(own, found.images[0], { path, number: found.number });
  }
  const doubtful = new Set(ambiguous.flatMap(({ images }) => images));
  const pairs: Pair[] = [];
  const unmasked: string[] = [];
  for (const image of images.paths) {
    // Masks are already sorted by path, which orders equal numbers ("_mask_1", "_mask_01").
    const sorted = own.get(image)?.sort((a, b) => a.number - b.number);
    if (sorted !== undefined) pairs.push({ image, masks: sorted.map(({ path }) => path) });
    else if (!doubtful.has(image)) unmasked.push(image);
  }
  return { pairs, unmasked, orphans, ambiguous };
}

/** The images that a mask asks for; `undefined` for a file that is an image. */
function wantedBy(
  path: string,
  { folders, patterns }: ParsedLayout,
): Wanted[] | undefined {
  const [folder, name] = [folderName(path), baseName(path)];
  if (folders === undefined) {
    const own = patterns.filter((pattern) => !pattern.isSameName)
      .flatMap((pattern) => pattern.imagesBeside(name));
    return own.length === 0
      ? undefined
      : own.map((image) => ({ ...image, places: [[{ folder: folder.normalize("NFC") }]] }));
  }
  const places = folders.map((rule) => rule.placesOf(folder)).filter(({ length }) => length > 0);
  if (places.length === 0) return undefined;
  const inNamed = places.flat().filter((place) => place.name !== undefined)
    .map((place) => ({ places: [[place]], name: place.name, number: numberIn(name) }));
  if (inNamed.length > 0) return inNamed;
  return patterns.flatMap((pattern) => pattern.imagesOf(name)).map((one) => ({ ...one, places }));
}

/** The last number in the name of a mask, by which the masks of an image are sorted. */
function numberIn(fileName: string): number {
  return Number(/\d+(?=\D*$)/.exec(fileName.replace(IMAGE_NAME, ""))?.[0] ?? -1);
}

/** So many images of one name are listed where a mask could belong to any of them. */
const MOST_LISTED = 3;

/** The images by folder and name. */
class ImageIndex {
  readonly paths: string[] = [];
  /** By their paths without endings, and by their paths. */
  readonly #byStem = new Map<string, string[]>();
  readonly #byPath = new Map<string, string[]>();
  readonly #byFolder = new Map<string, string[]>();
  /** By numbers as values, and by all forms of names alone: made once they are needed. */
  #byValue: ReadonlyMap<string, readonly string[]> | undefined;
  #anywhere: ReadonlyMap<string, readonly string[]> | undefined;

  add(path: string): void {
    this.paths.push(path);
    const folder = folderName(path).normalize("NFC");
    const name = withPlainEnding(baseName(path));
    const stem = name.replace(IMAGE_NAME, "");
    append(this.#byFolder, folder, path);
    append(this.#byPath, `${folder}/${name}`, path);
    append(this.#byStem, `${folder}/${stem}`, path);
  }

  /** The images of the first name that any image has. */
  find(
    wanted: Mask["wanted"],
  ): { readonly images: readonly string[]; readonly number: number } | undefined {
    for (const { places, name, number, isLoose = false } of wanted) {
      const images = new Set(places.flatMap((rule) => this.#first(rule, name, isLoose)));
      if (images.size > 0) return { images: [...images].sort(), number };
    }
  }

  /** The images at the first place that has any. */
  #first(
    places: readonly Place[],
    name: string | undefined,
    isLoose: boolean,
  ): readonly string[] {
    for (const { folder, isDeep } of places) {
      const found = isDeep
        ? this.#below(folder, name, isLoose)
        : this.#in(folder, name, isLoose) ?? [];
      if (found.length > 0) return found;
    }
    return [];
  }

  #in(folder: string, name: string | undefined, isLoose: boolean): readonly string[] | undefined {
    if (name === undefined) return this.#byFolder.get(folder);
    if (isLoose) {
      this.#byValue ??= indexOf(this.paths, (path) => [
        `${folderName(path).normalize("NFC")}/${withPlainNumbers(stemIn(path))}`,
      ]);
      return this.#byValue.get(`${folder}/${withPlainNumbers(name)}`);
    }
    return this.#byStem.get(`${folder}/${name}`) ?? this.#byPath.get(`${folder}/${name}`);
  }

  #below(folder: string, name: string | undefined, isLoose: boolean): readonly string[] {
    this.#anywhere ??= indexOf(this.paths, (path) => {
      const stem = stemIn(path);
      return [withPlainEnding(baseName(path)), stem, withPlainNumbers(stem)];
    });
    const named = name === undefined
      ? this.paths
      : this.#anywhere.get(isLoose ? withPlainNumbers(name) : name) ?? [];
    const found: string[] = [];
    for (const path of named) {
      const isBelow = folder === "" || path.normalize("NFC").startsWith(`${folder}/`);
      // The forms of names share one table, so another form may have matched.
      const isNamed = name === undefined ||
        this.#in(folderName(path).normalize("NFC"), name, isLoose)?.includes(path);
      if (isBelow && isNamed) found.push(path);
      if (found.length === MOST_LISTED) break;
    }
    return found;
  }
}

function stemIn(path: string): string {
  return withPlainEnding(baseName(path)).replace(IMAGE_NAME, "");
}

/** The layout in words, such as "images/ with masks of the same names in masks/". */
export function layoutWords({ folders, patterns }: ParsedLayout): string {
  const names = patterns.map(({ words }) => words).join(", ");
  if (folders === undefined) return `masks beside their images, ${names}`;
  const isSame = patterns.every(({ isSameName }) => isSameName);
  const [[images, masks], ...others] = folders.map(({ words }) => words);
  const more = others.map(([images, masks]) => `, ${images} with ${masks}`).join("");
  if (masks.endsWith(NAMED_FOLDER)) return `${images} with masks in ${masks}${more}`;
  return isSame
    ? `${images} with masks of the same names in ${masks}${more}`
    : `${images} with masks in ${masks}${more}, ${names}`;
}
