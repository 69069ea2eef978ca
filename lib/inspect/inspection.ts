/**
 * The result of an examination as plain data: the content of `inspect.json`.
 *
 * @module
 */
import type { Sentence } from "../core/sentence.ts";
import type { Box } from "../image/contours.ts";

/** The kinds of findings in the order of the report: those that stop training come first. */
export const FINDINGS = {
  unreadable: ["error", "files that cannot be read"],
  unmasked: ["error", "images without a mask"],
  lookalike: ["error", "files that look like masks and belong to no image"],
  orphan: ["error", "masks without an image"],
  ambiguous: ["error", "masks that could belong to two images"],
  mask_unusable: ["error", "masks that are not black and white"],
  no_lesion: ["warning", "no image has a lesion"],
  mask_inverted: ["warning", "masks that seem to be inverted"],
  mask_full: ["warning", "masks that cover their whole image"],
  mask_missing_lesion: ["warning", "empty masks in a class of lesions"],
  mask_of_other_size: ["warning", "masks of another size than their image"],
  mask_rescaled: ["warning", "masks of two other levels or colours, taken as black and white"],
  mask_copied: ["warning", "one mask for images that show different things"],
  mask_repeated: ["warning", "images with the same mask twice"],
  mask_specks: ["warning", "masks with specks beside the lesion"],
  lesion_tiny: ["warning", "lesions that are tiny"],
  lesion_in_two_classes: ["warning", "images that show the same, in two classes"],
  masks_disagree: ["warning", "images that show the same, with different masks"],
  exact_duplicates: ["warning", "images that are equal"],
  near_duplicates: ["warning", "images that show the same"],
  flat_image: ["warning", "images that show next to nothing"],
  colour: ["warning", "images in colour, converted to grey"],
  mixed_depth: ["warning", "images of several depths"],
  unusual_shape: ["warning", "images of an unusual shape"],
  class_imbalance: ["hint", "classes with few images"],
  other_masks: ["hint", "masks of another kind, left out"],
  turned: ["hint", "images and masks turned by their orientation tag"],
  more_pages: ["hint", "files with several pages or frames, of which the first is read"],
  mask_soft: ["hint", "masks with soft edges"],
  mask_empty: ["hint", "empty masks: no lesion"],
  several_masks: ["hint", "images with several masks"],
  lesion_at_border: ["hint", "lesions that the image's border cuts off"],
  overlay: ["hint", "images that seem to have text or calipers in them"],
} as const satisfies Record<string, readonly [Severity, string]>;

/** `error`: `train` refuses the set. `warning`: results may suffer. `hint`: worth knowing. */
export type Severity = "error" | "warning" | "hint";

export type FindingKind = keyof typeof FINDINGS;

/** A finding, with all its places. */
export interface Finding {
  readonly kind: FindingKind;
  readonly severity: Severity;
  /** The kind in words, such as "masks that seem to be inverted". */
  readonly title: string;
  readonly cases: readonly FindingCase[];
}

/** One place of a finding. */
export interface FindingCase {
  /** Sorted paths in the data directory; all images of a group. */
  readonly files: readonly string[];
  /** Details of this place, or "". */
  readonly words: string | Sentence;
  /** Where in the image it is, px; absent for what has no place. */
  readonly places?: readonly Box[];
}

/** Minimum, quartiles and maximum. */
export interface Distribution {
  readonly least: number;
  readonly lower_quartile: number;
  readonly median: number;
  readonly upper_quartile: number;
  readonly most: number;
}

/** The images of a class. */
export interface ClassCount {
  /** The class's name; "" for images without a class. */
  readonly name: string;
  readonly images: number;
  /** The number of images with a lesion. */
  readonly lesions: number;
}

/** A group of images that show the same. */
export interface DuplicateGroup {
  readonly images: readonly string[];
  /** Whether all images have equal pixels. */
  readonly exact: boolean;
  /** The lowest correlation among the pairs that connect the group. */
  readonly correlation: number;
  /** The distinct classes of the images, sorted. */
  readonly classes: readonly string[];
}

/** The result of an examination. */
export interface Inspection {
  readonly format: 1;
  /** The examined folder in the data directory; "." for all of it. */
  readonly folder: string;
  /** The layout of images and masks in words, such as "masks beside their images: x_mask for x". */
  readonly layout: string;
  /** The folders of masks; `null` when masks lie beside their images. */
  readonly mask_folders: readonly string[] | null;
  /** The patterns for the names of masks. */
  readonly mask_pattern: readonly string[];
  /** The number of readable images. */
  readonly images: number;
  /** The number of readable masks. */
  readonly masks: number;
  /** Numbers of images by kind of file, such as "png, 8 bits, grey"; the most frequent first. */
  readonly modes: Readonly<Record<string, number>>;
  /** Sizes of the images, px; `null` without images. */
  readonly width_px: Distribution | null;
  readonly height_px: Distribution | null;
  /** Sorted by name; one class without a name when the paths show no classes. */
  readonly classes: readonly ClassCount[];
  /** Statistics of the images with a lesion; `null` without any. */
  readonly lesions: LesionStatistics | null;
  /** Sorted by descending size. */
  readonly duplicate_groups: readonly DuplicateGroup[];
  /** In the order of {@linkcode FINDINGS}. */
  readonly findings: readonly Finding[];
}

/** Sizes and positions of lesions over images. All lesions of an image count as one. */
export interface LesionStatistics {
  readonly images: number;
  /** Lesion area as a share of the image, 0 to 1. */
  readonly area_share: Distribution;
  /** Centre of mass, from 0 (left) to 1 (right). */
  readonly centre_x: Distribution;
  /** Centre of mass, from 0 (top) to 1 (bottom). */
  readonly centre_y: Distribution;
  /** Number of 8-connected components per image. */
  readonly parts: Distribution;
  /** The number of lesion centres in each cell of a 3x3 grid; rows from the top. */
  readonly grid: readonly (readonly number[])[];
}
