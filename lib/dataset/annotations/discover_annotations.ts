/**
 * Takes annotations as masks of images without a mask file, or of all where a file is named.
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

/** Files in which annotation programs write outlines, in forms that are read and in others. */
const LIKE_ANNOTATIONS = /\.(json|geojson|ndjson|jsonl|xml)$/i;

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
 * The layout with annotations as the masks of the images that have no mask file. A named annotation
 * file counts for all images.
 *
 * @throws InputError as {@linkcode findAnnotations} does.
 */
export async function withAnnotations(
  data: FileStore,
  layout: FoundLayout,
  { within, named, maskClass = null }: AnnotationWishes,
): Promise<FoundLayout> {
  const { pairs, unmasked, orphans, lookalikes, words } = layout;
  const isUnpaired = [pairs, orphans, lookalikes].every(({ length }) => length === 0);
  if (named === undefined && unmasked.length === 0) return layout;
  const lacking = named === undefined && !isUnpaired ? new Set(unmasked) : null;
  const files = named === undefined ? await listFiles(data, within, LIKE_ANNOTATIONS) : [];
  const found = await findAnnotations(data, {
    files: files.filter((file) => ANNOTATION_NAME.test(file)),
    images: [...pairs.map(({ image }) => image), ...unmasked].sort(),
    lacking,
    named: named === undefined ? null : data.relative(named),
    maskClass,
  });
  if (found === undefined) return isUnpaired ? { ...layout, unread: files } : layout;
  const { file, ...pairing } = found;
  if (lacking !== null) {
    return {
      ...layout,
      pairs: [...pairs, ...pairing.pairs].sort((a, b) => a.image < b.image ? -1 : 1),
      unmasked: pairing.unmasked.filter((image) => lacking.has(image)),
      annotations: pairing.annotations,
      words: `${words}; ${pairing.words}`,
    };
  }
  const rules = { ...layout.layout, masks: file === undefined ? null : [file] };
  return { ...layout, ...pairing, layout: rules, lookalikes: [], others: [], rivals: [] };
}
