/**
 * What a search for images left out, and the lines that say so. Nothing is left out in silence.
 *
 * @module
 */
import { count, plural } from "../core/plural.ts";
import { firstOf } from "../core/printable.ts";
import { type Sentence, sentence, setting } from "../core/sentence.ts";

const LISTED_FOLDERS = 3;

/** A folder of images that all lack a mask. */
export interface UnmaskedFolder {
  readonly folder: string;
  /** The number of its images, those in folders below included. */
  readonly images: number;
}

/** What a search left out. */
export interface LeftOut {
  /** Numbers of files that look like images and are not read, by kind: ".jp2", ".pdf". */
  readonly files: ReadonlyMap<string, number>;
  /** Folders that `phantoms` wrote. */
  readonly phantoms: readonly string[];
  /** Folders of images without any mask, beside folders with masks. */
  readonly unmasked: readonly UnmaskedFolder[];
}

/** Nothing was left out. */
export const NOTHING: LeftOut = { files: new Map(), phantoms: [], unmasked: [] };

/** Adds up what several searches left out. */
export function sumOf(several: readonly LeftOut[]): LeftOut {
  const files = new Map<string, number>();
  for (const [kind, number] of several.flatMap(({ files }) => [...files])) {
    files.set(kind, (files.get(kind) ?? 0) + number);
  }
  return {
    files,
    phantoms: [...new Set(several.flatMap(({ phantoms }) => phantoms))],
    unmasked: several.flatMap(({ unmasked }) => unmasked),
  };
}

/** "4 .jp2, 1 .pdf": the most frequent kind first. */
export function filesInWords({ files }: Pick<LeftOut, "files">): string {
  return [...files].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .map(([kind, number]) => `${count(number)} ${kind}`).join(", ");
}

/** One line for each reason. */
export function leftOutLines(leftOut: LeftOut): Sentence[] {
  const { files, phantoms, unmasked } = leftOut;
  const lines: Sentence[] = [];
  if (files.size > 0) lines.push(sentence`left out: ${filesInWords(leftOut)}`);
  if (phantoms.length > 0) {
    const names = firstOf(phantoms.map((folder) => `${folder}/`), LISTED_FOLDERS);
    lines.push(sentence`left out: ${names} (written by phantoms); name the folder to use it:
      ${setting("images", phantoms[0])}`);
  }
  if (unmasked.length > 0) {
    const folders = unmasked.map(({ folder, images }) =>
      `${folder}/ (${plural(images, "image")} without any mask)`
    );
    const names = firstOf(folders, LISTED_FOLDERS);
    lines.push(sentence`left out: ${names}; to train on them as images without a lesion:
      ${setting("missingMasks", "empty")}`);
  }
  return lines;
}
