/**
 * Pairs images with the annotations beside them.
 *
 * A labelme file belongs to the image of the same name in the same folder, or to the one that it
 * names. A COCO file names its images (image_finder.ts).
 *
 * @module
 */
import { InputError } from "../../core/errors.ts";
import { folderName, withoutEnding } from "../../core/paths.ts";
import { plural } from "../../core/plural.ts";
import { firstOf, printable } from "../../core/printable.ts";
import { sentence, setting } from "../../core/sentence.ts";
import type { FileStore } from "../../store/store.ts";
import { classesIn } from "../masks.ts";
import type { Pair, Pairing } from "../pairing.ts";
import type { SelectionConfig } from "../selection_fields.ts";
import {
  annotatedMask,
  AnnotationFiles,
  fileOfMask,
  type ReadAnnotations,
} from "./annotation_files.ts";
import { type AnnotatedImage } from "./annotations.ts";
import { ImageFinder } from "./image_finder.ts";

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
  /** The images without a mask file, if others have one; only their outlines count. */
  readonly lacking: ReadonlySet<string> | null;
  /** The annotation file that is named; `null` to search for annotations. */
  readonly named: string | null;
  readonly maskClass: SelectionConfig["maskClass"];
}

/**
 * Pairs images with annotations; `undefined` without any for them.
 *
 * @throws InputError for a file that is named and has none for them, for files of which none has
 *   any, for a name that fits several images, for an image in two places, and for several labels
 *   of which none is chosen.
 */
export async function findAnnotations(
  store: FileStore,
  { files, images, lacking, named, maskClass }: AnnotationSearch,
): Promise<AnnotatedPairing | undefined> {
  const annotations = new AnnotationFiles(store);
  const found = new Map<string, string>();
  const used = new Map<string, ReadAnnotations>();
  const outlines: AnnotatedImage[] = [];
  const add = (image: string, file: ReadAnnotations, index: number) => {
    // Beside masks in files, an image that is listed without outlines has no mask.
    const counts = lacking === null ||
      lacking.has(image) && file.images[index].outlines.length > 0;
    if (!counts) return;
    const mask = annotatedMask(file, index);
    const other = found.get(image);
    if (other !== undefined && other !== mask) throw twice(image, other, mask);
    found.set(image, mask);
    used.set(file.path, file);
    outlines.push(file.images[index]);
  };

  const byStem = new Map(images.map((image) => [withoutEnding(nfc(image)), image]));
  const candidates = named === null ? files : [named];
  const finder = new ImageFinder(images);
  const isNeeded = (some: readonly string[]) =>
    lacking === null || some.some((image) => lacking.has(image));
  const strangers: { path: string; name: string }[] = [];
  const addNamed = (file: ReadAnnotations, index: number) => {
    const { name } = file.images[index];
    const [image, ...others] = finder.find(name, folderName(file.path));
    if (others.length > 0 && isNeeded([image, ...others])) {
      throw unclear(file.path, name, [image, ...others]);
    }
    if (image === undefined) strangers.push({ path: file.path, name });
    else if (others.length === 0) add(image, file, index);
  };
  for (const path of candidates) {
    const twin = byStem.get(withoutEnding(nfc(path)));
    const isWanted = named !== null || twin !== undefined && (lacking?.has(twin) ?? true);
    const file = await readIfAnnotations(annotations, path, isWanted);
    if (file === undefined) continue;
    if (file.format === "labelme" && twin !== undefined) add(twin, file, 0);
    else file.images.forEach((_, index) => addNamed(file, index));
  }
  if (found.size === 0) {
    if (named !== null) {
      throw new InputError(
        sentence`${
          setting("masks", named)
        } has annotations of none of the images; expected COCO's or
          labelme's form, with the images' file names`,
      );
    }
    const [stranger] = strangers;
    if (stranger === undefined || lacking !== null) return undefined;
    const { path, name } = stranger;
    throw new InputError(
      sentence`${path} has outlines of images that are not there, such as "${printable(name)}", and
        none of the ${images.length} images, such as ${images[0]}; put the names right`,
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
    words: wordsFor([first, ...others], strangers.filter(({ path }) => used.has(path)).length),
    file: first.format === "COCO" && others.length === 0 ? first.path : undefined,
  };
}

/**
 * Reads a file. A damaged one counts as no annotations unless it must be some: it is named, or has
 * an image's name, or speaks of outlines.
 */
async function readIfAnnotations(
  annotations: AnnotationFiles,
  path: string,
  isWanted: boolean,
): Promise<ReadAnnotations | undefined> {
  try {
    return await annotations.annotations(path);
  } catch (error) {
    const isSkipped = error instanceof InputError && !isWanted &&
      !await annotations.speaksOfOutlines(path);
    if (isSkipped) return undefined;
    throw error;
  }
}

function twice(image: string, one: string, other: string): InputError {
  const file = fileOfMask(one);
  return new InputError(
    file === fileOfMask(other)
      ? `${file} lists ${image} twice (${one} and ${other}); join its outlines under one entry`
      : sentence`${image} is in ${one} and in ${other}; say which annotations count with
          ${setting("masks", "FILE.json")}`,
  );
}

function unclear(path: string, name: string, images: readonly string[]): InputError {
  return new InputError(
    sentence`${path} names "${printable(name)}", which could be ${firstOf(images, 3)}; put the file
      beside its images, or search one folder alone with ${setting("images", "FOLDER")}`,
  );
}

/** Throws {@linkcode InputError} unless one label, or the wanted ones, are among the outlines. */
function checkLabels(
  images: readonly AnnotatedImage[],
  maskClass: SelectionConfig["maskClass"],
): void {
  const counts = new Map<string, number>();
  /** The first spelling of each label, since case and blanks make no difference. */
  const spellings = new Map<string, string>();
  for (const { outlines } of images) {
    for (const { label } of outlines) {
      const name = spellings.get(plainLabel(label)) ?? label.trim();
      spellings.set(plainLabel(label), name);
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
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
  const whole = plainLabel(maskClass);
  const several = new Set(classesIn(nfc(maskClass)));
  return (label) => {
    const plain = plainLabel(label);
    return plain === whole || several.has(plain);
  };
}

function plainLabel(label: string): string {
  return nfc(label).trim().toLowerCase();
}

/** The files in words, with the number of images in them that are not there. */
function wordsFor(files: readonly ReadAnnotations[], strangers: number): string {
  const [{ path, format }] = files;
  const of = files.length === 1 ? path : `${files.length} files such as ${path}`;
  const missing = strangers === 0
    ? ""
    : `; they list ${plural(strangers, "image that is", "images that are")} not there`;
  return `annotations in ${of} (${format}${missing})`;
}

function nfc(text: string): string {
  return text.normalize("NFC");
}
