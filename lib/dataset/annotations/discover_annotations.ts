/**
 * Takes annotations as masks where no mask files are, or where an annotation file is named.
 *
 * @module
 */
import { InputError } from "../../core/errors.ts";
import { sentence, setting } from "../../core/sentence.ts";
import type { FileStore } from "../../store/store.ts";
import { listFiles } from "../image_files.ts";
import type { Pairing } from "../pairing.ts";
import type { SelectionConfig } from "../selection_fields.ts";
import { findAnnotations } from "./find_annotations.ts";

const ANNOTATION_NAME = /\.json$/i;

/** Where annotations may be, and which of their labels counts. */
export interface AnnotationWishes {
  /** The folder that is searched. */
  readonly within: string;
  /** Folders of masks, or an annotation file; `null` to search. */
  readonly masks?: readonly string[] | null | undefined;
  readonly maskClass?: SelectionConfig["maskClass"] | undefined;
}

/** The names among `masks` that are annotation files. */
export function annotationFilesIn(masks: readonly string[] | null | undefined): string[] {
  return (masks ?? []).filter((path) => ANNOTATION_NAME.test(path));
}

/**
 * The pairing itself when it has masks; otherwise one with annotations, if there are any.
 *
 * @throws InputError as {@linkcode findAnnotations} does, and for several annotation files.
 */
export async function withAnnotations<Found extends Pairing>(
  data: FileStore,
  pairing: Found,
  { within, masks, maskClass = null }: AnnotationWishes,
): Promise<Found> {
  const named = annotationFilesIn(masks);
  if (named.length > 1 || named.length === 1 && masks!.length > 1) {
    throw new InputError(
      sentence`${
        setting("masks", masks!.join(" "))
      }: an annotation file counts alone; name one file`,
    );
  }
  const isUnpaired = pairing.pairs.length === 0 && pairing.orphans.length === 0;
  if (named.length === 0 && (!isUnpaired || (masks ?? []).length > 0)) return pairing;
  const images = [...pairing.pairs.map(({ image }) => image), ...pairing.unmasked].sort();
  const found = await findAnnotations(data, {
    files: named.length > 0 ? [] : await listFiles(data, within, ANNOTATION_NAME),
    images,
    named: named[0] === undefined ? null : data.relative(named[0]),
    maskClass,
  });
  return found === undefined ? pairing : { ...pairing, ...found };
}
