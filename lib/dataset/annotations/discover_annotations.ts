/**
 * Takes annotations as masks where no mask files are, or where an annotation file is named.
 *
 * @module
 */
import { InputError } from "../../core/errors.ts";
import { sentence, setting } from "../../core/sentence.ts";
import type { FileStore } from "../../store/store.ts";
import { listFiles } from "../image_files.ts";
import type { FoundLayout } from "../layouts/find_layout.ts";
import type { SelectionConfig } from "../selection_fields.ts";
import { findAnnotations } from "./find_annotations.ts";

const ANNOTATION_NAME = /\.json$/i;

/** Where annotations may be, and which of their labels counts. */
export interface AnnotationWishes {
  /** The folder that is searched. */
  readonly within: string;
  /** An annotation file in the data directory; `undefined` to search. */
  readonly named: string | undefined;
  readonly maskClass?: SelectionConfig["maskClass"] | undefined;
}

/**
 * The annotation file among the places of masks. Throws {@linkcode InputError} when others are
 * beside it.
 */
export function annotationFileOf(masks: readonly string[] | null): string | undefined {
  const named = masks?.find((path) => ANNOTATION_NAME.test(path));
  if (named === undefined || masks!.length === 1) return named;
  throw new InputError(
    sentence`${setting("masks", named)} is an annotation file, which counts alone; leave the other
      places of masks out`,
  );
}

/**
 * The layout itself when it has masks; otherwise one with annotations, if there are any. A named
 * annotation file counts in any case.
 *
 * @throws InputError as {@linkcode findAnnotations} does.
 */
export async function withAnnotations(
  data: FileStore,
  layout: FoundLayout,
  { within, named, maskClass = null }: AnnotationWishes,
): Promise<FoundLayout> {
  const { pairs, unmasked, orphans, lookalikes } = layout;
  const isUnpaired = [pairs, orphans, lookalikes].every(({ length }) => length === 0);
  if (named === undefined && !isUnpaired) return layout;
  const found = await findAnnotations(data, {
    files: named === undefined ? await listFiles(data, within, ANNOTATION_NAME) : [],
    images: [...pairs.map(({ image }) => image), ...unmasked].sort(),
    named: named === undefined ? null : data.relative(named),
    maskClass,
  });
  if (found === undefined) return layout;
  const { file, ...pairing } = found;
  const rules = { ...layout.layout, masks: file === undefined ? null : [file] };
  return { ...layout, ...pairing, layout: rules, lookalikes: [], others: [], rivals: [] };
}
