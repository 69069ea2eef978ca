/**
 * Annotation files as sources of masks, beside image files. The mask of an image is named by the
 * file and its place in it: `a.json` for labelme, `instances.json#/images/3` (a JSON pointer) for
 * COCO. The SHA-256 of such a mask is that of the whole file.
 *
 * @module
 */
import { InputError } from "../../core/errors.ts";
import { sha256 } from "../../core/hash.ts";
import { parseJson } from "../../core/json.ts";
import { TEXT_LIMITS, textOf } from "../../core/text.ts";
import type { FileStore } from "../../store/store.ts";
import type { AnnotatedImage, Annotations } from "./annotations.ts";
import { isCoco, readCoco } from "./coco.ts";
import { isLabelme, readLabelme } from "./labelme.ts";

/** Matches the name of an annotated mask: the file, and the number of the image in it. */
const ANNOTATED_MASK = /^(.*\.json)(?:#\/images\/(\d+))?$/i;

/** So many bytes of a damaged file are searched for words. */
const START = 1 << 20;

/** An annotation file that was read. */
export interface ReadAnnotations extends Annotations {
  readonly path: string;
  /** As hexadecimal text. */
  readonly sha256: string;
}

/** Whether a mask's name is that of a place in an annotation file. */
export function isAnnotated(mask: string): boolean {
  return ANNOTATED_MASK.test(mask);
}

/** The file that a mask's name stands for: an image file, or an annotation file. */
export function fileOfMask(mask: string): string {
  return ANNOTATED_MASK.exec(mask)?.[1] ?? mask;
}

/** The name of the mask of an image in an annotation file; `index` counts its images from 0. */
export function annotatedMask({ path, format }: ReadAnnotations, index: number): string {
  return format === "labelme" ? path : `${path}#/images/${index}`;
}

/** Reads annotation files, each once. */
export class AnnotationFiles {
  readonly #read = new Map<string, Promise<ReadAnnotations | undefined>>();

  constructor(readonly store: FileStore) {}

  /**
   * The content of a file; `undefined` for JSON without annotations.
   *
   * @throws InputError when it cannot be read, is no JSON, or has damaged annotations.
   */
  annotations(path: string): Promise<ReadAnnotations | undefined> {
    const known = this.#read.get(path);
    if (known !== undefined) return known;
    const read = readAnnotations(this.store, path);
    read.catch(() => {});
    this.#read.set(path, read);
    return read;
  }

  /** Whether a file that cannot be read as annotations has words of such a file. */
  async speaksOfOutlines(path: string): Promise<boolean> {
    const bytes = await this.store.readStart(path, START);
    return /"(annotations|segmentation|shapes)"/.test(new TextDecoder("latin1").decode(bytes));
  }

  /** The outlines that a mask's name stands for, with the hash of their file. */
  async image(mask: string): Promise<{ readonly image: AnnotatedImage; readonly sha256: string }> {
    const [, path, index = "0"] = ANNOTATED_MASK.exec(mask) ?? [];
    const file = await this.annotations(path);
    const image = file?.images[Number(index)];
    if (file === undefined || image === undefined) {
      throw new InputError(`${mask} is no image of an annotation file any more`);
    }
    return { image, sha256: file.sha256 };
  }
}

async function readAnnotations(
  store: FileStore,
  path: string,
): Promise<ReadAnnotations | undefined> {
  const bytes = await store.readFile(path, { limit: TEXT_LIMITS.list });
  const expected = "annotations in COCO's or labelme's form; export them again";
  const json = parseJson(textOf(bytes, path), path, expected);
  const content = isCoco(json)
    ? readCoco(json, path)
    : isLabelme(json)
    ? readLabelme(json, path)
    : undefined;
  return content && { ...content, path, sha256: await sha256(bytes) };
}
