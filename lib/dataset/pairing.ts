/**
 * Images with their masks. `layouts/` finds them.
 *
 * @module
 */
import type { AnnotationFiles } from "./annotations/annotation_files.ts";

/** An image and its masks; paths are relative to the data directory, with "/" between the parts. */
export interface Pair {
  readonly image: string;
  /** In the order of their numbers: `_mask`, `_mask_1`, `_mask_2`, ... */
  readonly masks: readonly string[];
}

/** What a data directory holds; every list is sorted by code units. */
export interface Pairing {
  readonly pairs: readonly Pair[];
  /** Images without a mask. */
  readonly unmasked: readonly string[];
  /** Masks without an image. */
  readonly orphans: readonly string[];
  /** Files without a partner that are named like masks; `unmasked` does not have them. */
  readonly lookalikes?: readonly string[];
  /** The layout that pairs them, in words. */
  readonly words?: string;
  /** Files that may hold outlines in a form that is not read, where nothing is a mask. */
  readonly unread?: readonly string[];
  /** The annotation files that were read, when outlines in them are the masks. */
  readonly annotations?: AnnotationFiles;
}

/** A mask that matches several images. */
export interface AmbiguousMask {
  readonly mask: string;
  readonly images: readonly string[];
}

/** A pairing that leaves masks open. */
export interface PairingWithDoubts extends Pairing {
  readonly ambiguous: readonly AmbiguousMask[];
}

/** All images of a pairing, with masks or without. */
export function imagesIn({ pairs, unmasked, ambiguous }: PairingWithDoubts): Set<string> {
  return new Set([
    ...pairs.map(({ image }) => image),
    ...unmasked,
    ...ambiguous.flatMap(({ images }) => images),
  ]);
}
