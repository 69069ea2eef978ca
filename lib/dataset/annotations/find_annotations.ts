/**
 * Pairs images with the annotations beside them.
 *
 * A labelme file belongs to the image of the same name in the same folder. A COCO file names its
 * images: by a path from its own folder or from the data directory, or else by the end of the path,
 * if one image alone has it.
 *
 * @module
 */
import { InputError } from "../../core/errors.ts";
import { baseName, folderName, withoutEnding } from "../../core/paths.ts";
import { firstOf } from "../../core/printable.ts";
import { sentence, setting } from "../../core/sentence.ts";
import type { FileStore } from "../../store/store.ts";
import { classesIn } from "../masks.ts";
import type { Pair, Pairing } from "../pairing.ts";
import type { SelectionConfig } from "../selection_fields.ts";
import { annotatedMask, AnnotationFiles, type ReadAnnotations } from "./annotation_files.ts";
import { type AnnotatedImage } from "./annotations.ts";

/** Images paired with annotations. */
export interface AnnotatedPairing extends Pairing {
  /** The files that were read; their masks are drawn when they are loaded. */
  readonly annotations: AnnotationFiles;
  /** In words: "annotations in instances.json (COCO)". */
  readonly words: string;
  /** The file, if it is one for several images. */
  readonly file: string | undefined;
}

/** What is known before the search. */
export interface AnnotationSearch {
  /** The JSON files beside the images. */
  readonly files: readonly string[];
  readonly images: readonly string[];
  /** The annotation file that is named; `null` to search for annotations. */
  readonly named: string | null;
  readonly maskClass: SelectionConfig["maskClass"];
}

/**
 * Pairs images with annotations; `undefined` without any for them.
 *
 * @throws InputError for a file that is named and has none for them, for an image in two COCO
 *   files, and for several labels of which none is chosen.
 */
export async function findAnnotations(
  store: FileStore,
  { files, images, named, maskClass }: AnnotationSearch,
): Promise<AnnotatedPairing | undefined> {
  const annotations = new AnnotationFiles(store);
  const found = new Map<string, string>();
  const used = new Map<string, ReadAnnotations>();
  const outlines: AnnotatedImage[] = [];
  const add = (image: string, file: ReadAnnotations, index: number) => {
    const mask = annotatedMask(file, index);
    const other = found.get(image);
    if (other !== undefined && other !== mask) {
      throw new InputError(
        sentence`${image} is in ${other} and in ${mask}; say which annotations count with
          ${setting("masks", "FILE.json")}`,
      );
    }
    found.set(image, mask);
    used.set(file.path, file);
    outlines.push(file.images[index]);
  };

  const byStem = new Map(images.map((image) => [withoutEnding(nfc(image)), image]));
  const candidates = named === null ? files : [named];
  const finder = new ImageFinder(images);
  for (const path of candidates) {
    const twin = byStem.get(withoutEnding(nfc(path)));
    const file = await readIfAnnotations(annotations, path, named !== null || twin !== undefined);
    if (file === undefined) continue;
    if (file.format === "labelme") {
      const image = twin ?? finder.find(file.images[0].name, folderName(path));
      if (image !== undefined) add(image, file, 0);
      continue;
    }
    file.images.forEach(({ name }, index) => {
      const image = finder.find(name, folderName(path));
      if (image !== undefined) add(image, file, index);
    });
  }
  if (found.size === 0) {
    if (named === null) return undefined;
    throw new InputError(
      sentence`${setting("masks", named)} has annotations of none of the images; expected COCO's or
        labelme's form, with the images' file names`,
    );
  }
  checkLabels(outlines, maskClass);
  const pairs: Pair[] = images.flatMap((image) => {
    const mask = found.get(image);
    return mask === undefined ? [] : [{ image, masks: [mask] }];
  });
  const [first, ...others] = used.values();
  return {
    pairs,
    unmasked: images.filter((image) => !found.has(image)),
    orphans: [],
    annotations,
    words: wordsFor([first, ...others]),
    file: first.format === "COCO" && others.length === 0 ? first.path : undefined,
  };
}

/** Reads a file. A damaged one counts as no annotations unless it must be some. */
async function readIfAnnotations(
  annotations: AnnotationFiles,
  path: string,
  isWanted: boolean,
): Promise<ReadAnnotations | undefined> {
  try {
    return await annotations.annotations(path);
  } catch (error) {
    if (!(error instanceof InputError) || isWanted) throw error;
    return undefined;
  }
}

/** Finds images by the names that annotation files give them. */
class ImageFinder {
  readonly #byPath: ReadonlyMap<string, string>;
  /** Images by their file names. */
  readonly #byName: ReadonlyMap<string, readonly string[]>;

  constructor(images: readonly string[]) {
    this.#byPath = new Map(images.map((image) => [nfc(image), image]));
    this.#byName = Map.groupBy(images, (image) => baseName(nfc(image)));
  }

  /** The image of a name in a file in `folder`; `undefined` for none, and for several. */
  find(name: string, folder: string): string | undefined {
    const plain = nfc(name).replace(/^(\.?\/)+/, "");
    if (plain === "") return undefined;
    const beside = folder === "" ? plain : `${nfc(folder)}/${plain}`;
    const exact = this.#byPath.get(beside) ?? this.#byPath.get(plain);
    if (exact !== undefined) return exact;
    const alike = this.#byName.get(baseName(plain)) ?? [];
    const ending = alike.filter((image) => nfc(image).endsWith(`/${plain}`));
    if (ending.length === 1) return ending[0];
    return alike.length === 1 ? alike[0] : undefined;
  }
}

/** Throws {@linkcode InputError} unless one label, or the wanted ones, are among the outlines. */
function checkLabels(
  images: readonly AnnotatedImage[],
  maskClass: SelectionConfig["maskClass"],
): void {
  const counts = new Map<string, number>();
  for (const { outlines } of images) {
    for (const { label } of outlines) counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  const commonest = [...counts].sort((a, b) => b[1] - a[1]);
  const labels = firstOf(commonest.map(([label, count]) => `"${label}" (${count})`));
  if (maskClass === null) {
    if (counts.size < 2) return;
    const [first, second] = counts.keys();
    throw new InputError(
      sentence`the annotations have the labels ${labels}; say which of them are lesions with
        ${setting("maskClass", first)}, or several as ${
        setting("maskClass", `${first},${second}`)
      }`,
    );
  }
  const wants = labelsWanted(maskClass);
  const missing = counts.size > 0 && ![...counts.keys()].some(wants);
  if (!missing) return;
  throw new InputError(
    sentence`${setting("maskClass", maskClass)} is no label of the annotations; they have
      ${labels}`,
  );
}

/** Whether a label is wanted: all without a class. Case and Unicode's form make no difference. */
export function labelsWanted(maskClass: SelectionConfig["maskClass"]): (label: string) => boolean {
  if (maskClass === null) return () => true;
  const whole = nfc(maskClass).trim().toLowerCase();
  const several = new Set(classesIn(nfc(maskClass)));
  return (label) => {
    const plain = nfc(label).trim().toLowerCase();
    return plain === whole || several.has(plain);
  };
}

function wordsFor(files: readonly ReadAnnotations[]): string {
  const [{ path, format }] = files;
  return files.length === 1
    ? `annotations in ${path} (${format})`
    : `annotations in ${files.length} files such as ${path} (${format})`;
}

function nfc(text: string): string {
  return text.normalize("NFC");
}
