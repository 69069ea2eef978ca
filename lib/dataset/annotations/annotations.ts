/**
 * Outlines of lesions from an annotation program: what COCO files and labelme files have in common.
 *
 * @module
 */

/** One outlined region of an image, as its file has it; outline.ts checks and fills it. */
export interface Outline {
  /** The class, such as "lesion". */
  readonly label: string;
  /** The region in the form of its file. */
  readonly region:
    | { readonly kind: "polygons"; readonly polygons: unknown }
    | { readonly kind: "runs"; readonly runs: unknown }
    | { readonly kind: "shape"; readonly type: unknown; readonly points: unknown }
    | { readonly kind: "bitmap"; readonly points: unknown; readonly png: unknown }
    | { readonly kind: "none" };
}

/** The outlines of one image. */
export interface AnnotatedImage {
  /** The image's name in the annotation file, with "/" between its parts; "" without one. */
  readonly name: string;
  /** The size of the image that was annotated, px; absent when the file does not tell it. */
  readonly size?: { readonly width: number; readonly height: number };
  readonly outlines: readonly Outline[];
}

/** The content of an annotation file. */
export interface Annotations {
  readonly format: "COCO" | "labelme";
  readonly images: readonly AnnotatedImage[];
}

/** The most images and the most outlines in one file. */
export const MOST_ITEMS = 2_000_000;
