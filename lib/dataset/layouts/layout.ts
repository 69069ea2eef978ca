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
import { type MaskFolder, parseMaskFolder } from "./mask_folders.ts";
import { NamePattern, withPlainEnding } from "./name_pattern.ts";

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

/** A mask with the places where its image may be. */
interface Mask {
  readonly path: string;
  /** For each pattern in turn, the images that would fit, the best first. */
  readonly wanted: readonly Wanted[];
}

interface Wanted {
  readonly folder: string;
  readonly name: string | undefined;
  readonly number: number;
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
    return own.length === 0 ? undefined : own.map((image) => ({ ...image, folder }));
  }
  const places = folders.flatMap((rule) => rule.imageFoldersOf(folder));
  if (places.length === 0) return undefined;
  return patterns.flatMap((pattern) => pattern.imagesOf(name))
    .flatMap((image) => places.map((place) => ({ ...image, folder: place })));
}

/** The images by folder and name. */
class ImageIndex {
  readonly paths: string[] = [];
  readonly #byStem = new Map<string, string[]>();
  readonly #byName = new Map<string, string[]>();
  readonly #byFolder = new Map<string, string[]>();

  add(path: string): void {
    this.paths.push(path);
    const folder = folderName(path).normalize("NFC");
    const name = withPlainEnding(baseName(path));
    append(this.#byFolder, folder, path);
    append(this.#byName, `${folder}/${name}`, path);
    append(this.#byStem, `${folder}/${name.replace(IMAGE_NAME, "")}`, path);
  }

  /** The images of the first wish that finds any. */
  find(
    wanted: Mask["wanted"],
  ): { readonly images: readonly string[]; readonly number: number } | undefined {
    for (const { folder, name, number } of wanted) {
      const at = folder.normalize("NFC");
      const images = name === undefined
        ? this.#byFolder.get(at)
        : this.#byStem.get(`${at}/${name}`) ?? this.#byName.get(`${at}/${name}`);
      if (images !== undefined) return { images, number };
    }
  }
}

function append<Value>(map: Map<string, Value[]>, key: string, value: Value): void {
  const values = map.get(key);
  if (values) values.push(value);
  else map.set(key, [value]);
}

/** The layout in words, such as "images/ with masks of the same names in masks/". */
export function layoutWords({ folders, patterns }: ParsedLayout): string {
  const names = patterns.map(({ words }) => words).join(", ");
  if (folders === undefined) return `masks beside their images, ${names}`;
  const isSame = patterns.every(({ isSameName }) => isSameName);
  const [[images, masks], ...others] = folders.map(({ words }) => words);
  const more = others.map(([images, masks]) => `, ${images} with ${masks}`).join("");
  return isSame
    ? `${images} with masks of the same names in ${masks}${more}`
    : `${images} with masks in ${masks}${more}, ${names}`;
}
