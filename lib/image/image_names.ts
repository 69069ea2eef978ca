/**
 * The names of image files. They are apart from the codecs, which need more than a browser has.
 *
 * @module
 */
import type { ImageFormat } from "./image.ts";

/** The file name extensions of each format, without the dot, in lower case. */
const ENDINGS: Readonly<Record<ImageFormat, readonly string[]>> = {
  png: ["png"],
  jpeg: ["jpg", "jpeg"],
  tiff: ["tif", "tiff"],
  bmp: ["bmp"],
  gif: ["gif"],
  webp: ["webp"],
  dicom: ["dcm", "dicom", "ima"],
};

/** The file name extensions of images, without the dot. */
export const IMAGE_ENDINGS: readonly string[] = Object.values(ENDINGS).flat();

/** Matches the extension of an image file. */
export const IMAGE_NAME = new RegExp(`\\.(${IMAGE_ENDINGS.join("|")})$`, "i");
