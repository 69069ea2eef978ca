/**
 * The result of an examination as plain data: what `inspect.json` holds.
 *
 * @module
 */

/** What can be found. The order is that of the report: what stops training first. */
export const FINDINGS = {
  unreadable: ["error", "files that cannot be read"],
  unmasked: ["error", "images without a mask"],
  orphan: ["error", "masks without an image"],
  ambiguous: ["error", "masks that could belong to two images"],
  mask_unusable: ["error", "masks that are not black and white"],
  mask_inverted: ["warning", "masks that seem to be inverted"],
  mask_full: ["warning", "masks that cover their whole image"],
  mask_missing_lesion: ["warning", "empty masks in a class of lesions"],
  mask_of_other_size: ["warning", "masks of another size than their image"],
  mask_rescaled: ["warning", "masks of two other grey levels, taken as black and white"],
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
  unusual_shape: ["warning", "images of an unusual shape"],
  class_imbalance: ["hint", "classes with few images"],
  mask_soft: ["hint", "masks with soft edges"],
  mask_empty: ["hint", "empty masks: no lesion"],
  several_masks: ["hint", "images with several masks"],
  lesion_at_border: ["hint", "lesions that the image's border cuts off"],
  overlay: ["hint", "images that seem to have text or calipers in them"],
} as const satisfies Record<string, readonly [Severity, string]>;

/** `error`: `train` refuses the set. `warning`: results may suffer. `hint`: worth knowing. */
export type Severity = "error" | "warning" | "hint";

export type FindingKind = keyof typeof FINDINGS;

/** One thing that was found, at all the places where it was. */
export interface Finding {
  readonly kind: FindingKind;
  readonly severity: Severity;
  /** In words, such as "masks that seem to be inverted". */
  readonly title: string;
  readonly cases: readonly FindingCase[];
}

/** One place. */
export interface FindingCase {
  /** Paths in the data directory, sorted; of images that belong together, all. */
  readonly files: readonly string[];
  /** What is wrong with just these, or "". */
  readonly words: string;
}

/** Five numbers that sum up many. */
export interface Distribution {
  readonly least: number;
  readonly lower_quartile: number;
  readonly median: number;
  readonly upper_quartile: number;
  readonly most: number;
}

/** The images of a class. */
export interface ClassCount {
  /** "" for those of no class. */
  readonly name: string;
  readonly images: number;
  /** Those with a lesion. */
  readonly lesions: number;
}

/** Images that show the same. */
export interface DuplicateGroup {
  readonly images: readonly string[];
  /** Whether all have equal pixels. */
  readonly exact: boolean;
  /** The weakest of the correlations that hold the group together. */
  readonly correlation: number;
  /** The classes of the images, each once, sorted. */
  readonly classes: readonly string[];
}

/** Everything that was found out about a data set. */
export interface Inspection {
  readonly format: 1;
  /** The folder that was examined, in the data directory; "." for all of it. */
  readonly folder: string;
  readonly mask_pattern: string;
  /** Images that could be read. */
  readonly images: number;
  /** Masks that could be read. */
  readonly masks: number;
  /** Kinds of image files, such as "png, 8 bits, grey", with their numbers; the commonest first. */
  readonly modes: Readonly<Record<string, number>>;
  /** Sizes of images in px; `null` without any. */
  readonly width_px: Distribution | null;
  readonly height_px: Distribution | null;
  /** By name; one without a name where nothing shows classes. */
  readonly classes: readonly ClassCount[];
  /** Of the images with a lesion; `null` when there is none. */
  readonly lesions: LesionStatistics | null;
  /** The largest first. */
  readonly duplicate_groups: readonly DuplicateGroup[];
  /** In the order of {@linkcode FINDINGS}. */
  readonly findings: readonly Finding[];
}

/**
 * Sizes and places of lesions, over images; an image with several lesions counts once, with all of
 * them.
 */
export interface LesionStatistics {
  readonly images: number;
  /** The part of the image that is lesion, 0 to 1. */
  readonly area_share: Distribution;
  /** Centre of mass, from 0 (left) to 1 (right). */
  readonly centre_x: Distribution;
  /** From 0 (top) to 1 (bottom). */
  readonly centre_y: Distribution;
  /** 8-connected parts per image. */
  readonly parts: Distribution;
  /** How many images have a lesion in each cell of a 3x3 grid, by its centre; rows from the top. */
  readonly grid: readonly (readonly number[])[];
}
