/**
 * Outlines of lesions from an annotation program: what COCO files and labelme files have in common.
 *
 * @module
 */
import { InputError } from "../../core/errors.ts";
import { MOST_PIXELS, MOST_SIDE } from "../../image/codecs/header.ts";

/** One outlined region of an image, as its file has it; draw.ts checks and fills it. */
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

/**
 * The size of an annotated image; nothing when the file does not tell it. Throws
 * {@linkcode InputError} for a size that no image has.
 */
export function sizeOf(
  width: unknown,
  height: unknown,
  source: string,
): Pick<AnnotatedImage, "size"> {
  if (width === undefined && height === undefined || width === null || height === null) return {};
  const isSide = (side: unknown): side is number =>
    Number.isInteger(side) && Number(side) >= 1 && Number(side) <= MOST_SIDE;
  if (isSide(width) && isSide(height) && width * height <= MOST_PIXELS) {
    return { size: { width, height } };
  }
  throw new InputError(
    `${source} gives an image the size ${JSON.stringify(width)} x ${JSON.stringify(height)} px; ` +
      `expected whole numbers from 1 to ${MOST_SIDE}, and at most ${MOST_PIXELS} px in all`,
  );
}
